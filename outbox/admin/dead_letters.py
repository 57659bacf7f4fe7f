"""The admin's page of dead letters: redrive or discard one, some, or all that a filter shows."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    ReasonForm,
    reason_form,
    row_of,
)
from outbox.operations.dead_letters import Preview, Selection, preview
from outbox.operations.redrive import discard, redrive

VERBS = {"redrive": redrive, "discard": discard}

KEPT = ("action", "select_across", "index", ACTION_CHECKBOX_NAME)
"""What a list's action is made of; the confirmation sends it again."""

EFFECT = {
    "redrive": "Each is owed again at once, with all its attempts, in its place.",
    "discard": "Each is passed over without its effect: what it should have done stays undone.",
}


class DeadLetterForm(ReasonForm):
    limit = forms.IntegerField(
        label="At most",
        min_value=1,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="The oldest so many: try a few first. Empty means all.",
    )


class ActsOnDeadLetters:
    """Actions for the list and for the page of one dead letter, each behind its permission."""

    actions: ClassVar[Sequence[str] | None] = ("redrive_chosen", "discard_chosen")
    actions_detail: ClassVar[Sequence[str]] = ("redrive_this", "discard_this")

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

    def _act_on_one(self: Any, verb: str, request: HttpRequest, object_id: str) -> HttpResponse:
        letter = row_of(request, self, object_id)
        chosen = self.get_queryset(request).filter(pk=letter.pk)
        then = reverse("admin:outbox_deadletter_changelist")
        answer: HttpResponse = self._act(verb, request, chosen, then=then)
        return answer

    def _act(
        self: Any, verb: str, request: HttpRequest, chosen: QuerySet[Any], *, then: str
    ) -> HttpResponse:
        """Show the dead letters and ask why, then redrive or discard them."""
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
            f"Messages that wait behind them and can go on then: {found.behind}.",
        ],
        headers=["Dead letters", "Message", "Subscriber", "Given up since", "An error among them"],
        rows=[
            [group.dead, group.message_type, group.subscriber, group.since, group.example]
            for group in found.groups
        ],
        button=verb.capitalize(),
        dangerous=verb == "discard",
        kept={name: request.POST.getlist(name) for name in KEPT},
    )


def _letters(number: int) -> str:
    return "1 dead letter" if number == 1 else f"{number} dead letters"
