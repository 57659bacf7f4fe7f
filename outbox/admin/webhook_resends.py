"""Admin pages of ranges that are sent to a webhook endpoint again."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import action

from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    reason_form,
    row_of,
)
from outbox.kit.admin.links import address_of, page
from outbox.kit.admin.pages import ReadOnlyAdmin, badge
from outbox.models import WebhookResend
from outbox.webhooks.resending import ResendRefused, stop_resend

LOOKING, SENDING, SENT, STOPPED = "being looked through", "being sent", "sent", "stopped"
COLOURS = {LOOKING: "info", SENDING: "info", SENT: "success", STOPPED: "warning"}


@admin.register(WebhookResend)
class WebhookResendAdmin(ReadOnlyAdmin):
    search_texts = ("endpoint",)
    search_help_text = "The name of an endpoint"
    list_display = ("asked_at", "endpoint_id", "since", "until", "state", "found", "done")
    fields = (
        ("receiver", "state", "asked_at"),
        ("since", "until"),
        ("found", "done"),
        ("all_found_at", "stopped_at"),
    )
    actions_detail: ClassVar[Sequence[str]] = ("stop",)

    @badge("status", COLOURS)
    def state(self, resend: WebhookResend) -> str:
        if resend.stopped_at:
            return STOPPED
        if not resend.all_found_at:
            return LOOKING
        return SENT if resend.done >= resend.found else SENDING

    @admin.display(description="endpoint")
    def receiver(self, resend: WebhookResend) -> SafeString:
        return page("outbox_webhookendpoint", resend.endpoint_id)

    def has_keep_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("outbox.keep_webhookendpoint")

    @action(description="Stop…", url_path="stop", permissions=["keep"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the reason; stop it once the form is sent."""
        resend = row_of(request, self, object_id)
        form = reason_form(request)

        def stop() -> Done:
            stop_resend(resend_id=resend.pk, actor=request.user.get_username(), **form.answers)
            return Done(f"Stopped: {resend}.", address_of(resend))

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(
                title=f"Stop sending again: {resend}",
                consequences=["What was not sent yet is not sent again; this is final."],
                button="Stop",
                dangerous=True,
            ),
            carry_out=stop,
            refusals={ResendRefused: "reason"},
        ).answer(request, self)
