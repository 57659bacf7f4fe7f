"""Admin pages of redrives: preview and begin, watch, cancel."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.decorators import action

from outbox.admin.redrive_form import RedriveForm
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    reason_form,
    row_of,
)
from outbox.kit.admin.links import address_of, moment
from outbox.kit.admin.pages import ReadOnlyAdmin, badge
from outbox.kit.signs import in_words
from outbox.models import Pace, Redrive, RedriveStatus
from outbox.operations.dead_letters import Selection, preview
from outbox.operations.redrives import (
    NothingChosen,
    RedriveEnded,
    begin_redrive,
    cancel_redrive,
)

CHOSEN_BY = ("fault", "subscriber", "error_type", "message_type")
"""The parameters by which dead letters are chosen; fields of a ``Selection``."""

COLOURS = {
    RedriveStatus.RUNNING.label: "info",
    RedriveStatus.DONE.label: "success",
    RedriveStatus.STOPPED.label: "danger",
    RedriveStatus.STALLED.label: "danger",
    RedriveStatus.CANCELLED.label: "warning",
}


@admin.register(Redrive)
class RedriveAdmin(ReadOnlyAdmin):
    """Lists redrives; the page of one shows how far it has come while it runs."""

    list_display: ClassVar = ("began_at", "what", "pace", "state", "sums", "actor", "reason")
    list_filter: ClassVar = ("status",)
    fields = (
        ("what", "state", "began_at", "ended_at"),
        ("pace", "per_minute", "most_failing"),
        ("actor", "reason"),
        "progress",
    )
    actions_detail: ClassVar[Sequence[str]] = ("cancel_this",)

    def get_urls(self) -> list[URLPattern]:
        begin = self.admin_site.admin_view(self.begin)
        live = self.admin_site.admin_view(self.live)
        return [
            path("begin/", begin, name="outbox_redrive_begin"),
            path("<int:key>/live/", live, name="outbox_redrive_live"),
            *super().get_urls(),
        ]

    def has_cancel_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("outbox.redrive_lane")

    @admin.display(description="dead letters")
    def what(self, row: Redrive) -> str:
        chosen = ", ".join(
            f"{len(value):,} {name}" if isinstance(value, list) else f"{name} {value}"
            for name, value in row.chosen.items()
            if value
        )
        return f"{in_words(row.number)} of {chosen or 'all'}"

    @badge("status", COLOURS)
    def state(self, row: Redrive) -> str:
        return RedriveStatus(row.status).label

    @admin.display(description="handled, failed again")
    def sums(self, row: Redrive) -> str:
        return f"{row.settled:,}, {row.failed:,}"

    @admin.display(description="progress")
    def progress(self, row: Redrive) -> SafeString:
        return progress_of(row)

    def live(self, request: HttpRequest, key: int) -> HttpResponse:
        """Answer with how far a redrive has come."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponse(progress_of(row_of(request, self, str(key))))

    def begin(self, request: HttpRequest) -> HttpResponse:
        """Show what would be redriven, ask how and why, and begin."""
        if not request.user.has_perms(("outbox.view_lane", "outbox.redrive_lane")):
            raise PermissionDenied
        chosen = {name: text for name in CHOSEN_BY if (text := request.GET.get(name, ""))}
        if any("\x00" in text for text in chosen.values()):
            chosen = {"fault": "none"}
        form = reason_form(request, RedriveForm)

        def carry_out() -> Done:
            answers = form.answers
            begun = begin_redrive(
                chosen,
                pace=Pace(answers["pace"]),
                per_minute=answers["per_minute"],
                most_failing=answers["most_failing"],
                actor=request.user.get_username(),
                reason=answers["reason"],
            )
            return Done("The redrive has begun.", address_of(begun))

        return ConfirmedAct(
            form=form,
            describe=lambda: _confirmation(Selection(**chosen)),  # type: ignore[arg-type]  # texts only
            carry_out=carry_out,
            refusals={NothingChosen: "reason"},
        ).answer(request, self)

    @action(description="Cancel…", url_path="cancel", permissions=["cancel"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def cancel_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = row_of(request, self, object_id)
        if row.status != RedriveStatus.RUNNING:
            self.message_user(request, "This redrive has ended.", messages.WARNING)
            return redirect(address_of(row))
        form = reason_form(request)

        def cancel() -> Done:
            actor = request.user.get_username()
            cancel_redrive(row.pk, actor=actor, reason=form.answers["reason"])
            return Done("The redrive is cancelled.", address_of(row))

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(
                title=f"Cancel: {row}",
                consequences=["No more is redriven; what was made owed already is still tried."],
                button="Cancel the redrive",
            ),
            carry_out=cancel,
            refusals={RedriveEnded: "reason"},
        ).answer(request, self)


def progress_of(row: Redrive) -> SafeString:
    """Return how far a redrive has come, as HTML that renews itself while it runs."""
    return render_to_string(
        "outbox/redrive_progress.html",
        {
            "row": row,
            "is_running": row.status == RedriveStatus.RUNNING,
            "tried": row.settled + row.failed,
            "status": RedriveStatus(row.status).label,
            "under_way": len(row.under_way),
        },
    )


def _confirmation(selection: Selection) -> Confirmation:
    found = preview(selection)
    return Confirmation(
        title=f"Redrive {found.dead:,} dead letters",
        consequences=[
            "Each is owed again in its old place and with all its attempts.",
            "The next ramp begins when all of the last one have been tried.",
            f"Messages that wait behind them and continue then: {found.behind}.",
        ],
        headers=["Dead letters", "Message", "Subscriber", "Given up since", "An error among them"],
        rows=[
            [group.dead, group.message_type, group.subscriber, moment(group.since), group.example]
            for group in found.groups
        ],
        button="Begin",
    )
