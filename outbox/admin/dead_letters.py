"""Admin pages of dead letters: redrive or discard one, some, or all that a filter shows."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from outbox.admin.lanes import FaultFilter, LaneAdmin, SubscriberFilter
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    ReasonForm,
    reason_form,
    row_of,
)
from outbox.kit.admin.links import moment
from outbox.models import Lane
from outbox.operations.dead_letters import Preview, Selection, preview
from outbox.operations.faults import faults
from outbox.operations.redrive import discard, redrive

VERBS = {"redrive": redrive, "discard": discard}

KEPT = ("action", "select_across", "index", ACTION_CHECKBOX_NAME)
"""The fields of a list's action, which the confirmation sends again."""

EFFECT = {
    "redrive": "Each is owed again at once, in its old place and with all its attempts.",
    "discard": "Each is skipped: what it should have done is never done.",
}


class DeadLetterForm(ReasonForm):
    limit = forms.IntegerField(
        label="At most",
        min_value=1,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="The oldest so many, to try a few first. Empty means all.",
    )


class DeadLetter(Lane):
    """A lane whose first message has used up its attempts."""

    class Meta:
        proxy = True


class ErrorTypeFilter(admin.SimpleListFilter):
    """The types of errors of the faults there are; reading all dead letters would take seconds."""

    title = "error type"
    parameter_name = "error_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's signature
        types = {each.error_type for each in faults()} | {self.value() or ""}
        return [(name, name) for name in sorted(types - {""})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - likewise
        return queryset.filter(error_type=self.value()) if self.value() else queryset


@admin.register(DeadLetter)
class DeadLetterAdmin(LaneAdmin):
    """Lists dead letters, with actions for the list and for one page, each with its permission."""

    list_filter = (SubscriberFilter, ErrorTypeFilter, FaultFilter)
    list_display = ("message_type", "subscriber", "conversation", "attempts", "error", "stopped_at")
    actions: ClassVar[Sequence[str] | None] = ("redrive_chosen", "discard_chosen")
    actions_detail: ClassVar[Sequence[str]] = ("redrive_this", "discard_this")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        lanes: QuerySet[Any] = super().get_queryset(request)
        return lanes.filter(stopped=True)

    @admin.display(description="since")
    def stopped_at(self, lane: Lane) -> SafeString:
        return moment(lane.due_at)

    def has_redrive_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("outbox.redrive_lane")

    def has_discard_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("outbox.discard_lane")

    @admin.action(description="Redrive…", permissions=["redrive"])
    def redrive_chosen(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse:
        return self._act("redrive", request, chosen, then=request.get_full_path())

    @admin.action(description="Discard…", permissions=["discard"])
    def discard_chosen(self, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse:
        return self._act("discard", request, chosen, then=request.get_full_path())

    @action(description="Redrive…", url_path="redrive", permissions=["redrive"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def redrive_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._act_on_one("redrive", request, object_id)

    @action(description="Discard…", url_path="discard", permissions=["discard"])  # type: ignore[untyped-decorator]  # likewise
    def discard_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._act_on_one("discard", request, object_id)

    def _act_on_one(self, verb: str, request: HttpRequest, object_id: str) -> HttpResponse:
        letter = row_of(request, self, object_id)
        chosen = self.get_queryset(request).filter(pk=letter.pk)
        then = reverse("admin:outbox_deadletter_changelist")
        return self._act(verb, request, chosen, then=then)

    def _act(
        self, verb: str, request: HttpRequest, chosen: QuerySet[Any], *, then: str
    ) -> HttpResponse:
        """Show the dead letters and ask for the reason, then redrive or discard them."""
        form = reason_form(request, DeadLetterForm)
        lanes = list(chosen.values_list("pk", flat=True))

        def act() -> Done:
            done = VERBS[verb](
                Selection(lanes=lanes, limit=form.answers["limit"]),
                actor=request.user.get_username(),
                reason=form.answers["reason"],
            )
            return Done(f"{verb.capitalize()}: {_letters(len(done))}.", then)

        return ConfirmedAct(
            form=form,
            describe=lambda: _confirmation(verb, preview(Selection(lanes=lanes)), request),
            carry_out=act,
            # They may need several transactions.
            in_one_transaction=False,
        ).answer(request, self)


def _confirmation(verb: str, found: Preview, request: HttpRequest) -> Confirmation:
    return Confirmation(
        title=f"{verb.capitalize()} {_letters(found.dead)}",
        consequences=[
            EFFECT[verb],
            f"Messages that wait behind them and continue then: {found.behind}.",
        ],
        headers=["Dead letters", "Message", "Subscriber", "Given up since", "An error among them"],
        rows=[
            [group.dead, group.message_type, group.subscriber, moment(group.since), group.example]
            for group in found.groups
        ],
        button=verb.capitalize(),
        dangerous=verb == "discard",
        kept={name: request.POST.getlist(name) for name in KEPT},
    )


def _letters(number: int) -> str:
    return "1 dead letter" if number == 1 else f"{number} dead letters"
