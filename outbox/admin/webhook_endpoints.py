"""Admin pages of webhook endpoints, and of what was sent to them."""

from collections.abc import Sequence
from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import action

from outbox.admin.webhook_acts import NOTE, REFUSALS, ActsOnEndpoint
from outbox.admin.webhook_forms import NewEndpointForm
from outbox.kit.admin.confirmation import Confirmation, ConfirmedAct, reason_form
from outbox.kit.admin.links import page, rows, side_by_side
from outbox.kit.admin.pages import ReadOnlyAdmin, badge
from outbox.kit.admin.showing_once import show_once
from outbox.models import WebhookAttempt, WebhookEndpoint
from outbox.webhooks.endpoints import add_endpoint
from outbox.webhooks.signing_secrets import count_valid

SENDING, FAILING, PAUSED, REMOVED = "sending", "failing", "paused", "removed"
COLOURS = {SENDING: "success", FAILING: "warning", PAUSED: "danger", REMOVED: "info"}


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ActsOnEndpoint, ReadOnlyAdmin):
    search_texts = ("name__startswith",)
    search_help_text = "The beginning of a name"
    ordering = ("name",)
    list_display = ("name", "url", "state", "chosen", "failures")
    fields = (
        ("name", "url", "state"),
        "chosen",
        ("failures", "failing_since"),
        ("paused_at", "paused_because", "paused_by"),
        ("added_at", "removed_at", "secrets_now"),
        "elsewhere",
    )
    actions_list: ClassVar[Sequence[str]] = ("add_endpoint",)

    @badge("status", COLOURS)
    def state(self, endpoint: WebhookEndpoint) -> str:
        if endpoint.removed_at:
            return REMOVED
        if endpoint.paused_at:
            return PAUSED
        return FAILING if endpoint.failures else SENDING

    @admin.display(description="events")
    def chosen(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(endpoint.events)

    @admin.display(description="secrets that sign")
    def secrets_now(self, endpoint: WebhookEndpoint) -> int:
        return count_valid(endpoint)

    @admin.display(description="related rows")
    def elsewhere(self, endpoint: WebhookEndpoint) -> SafeString:
        return side_by_side(
            [
                rows("outbox_webhookattempt", "Attempts", q=endpoint.name),
                rows("outbox_webhookresend", "Sent again", q=endpoint.name),
                rows("outbox_lane", "What it is owed", subscriber=endpoint.subscriber),
                rows("outbox_deadletter", "Dead letters", subscriber=endpoint.subscriber),
            ]
        )

    @action(description="Add an endpoint…", url_path="add-endpoint", permissions=["keep"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def add_endpoint(self, request: HttpRequest) -> HttpResponse:
        """Ask for name, address and events; show the secret once the form is sent."""
        form = reason_form(request, NewEndpointForm)

        def add() -> HttpResponse:
            endpoint, secret = add_endpoint(**form.answers, actor=request.user.get_username())
            title = f"Secret of {endpoint}"
            return show_once(request, self, title=title, note=NOTE, secret=str(secret))

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(
                title="Add a webhook endpoint",
                consequences=[
                    "It receives what is published from a few seconds later on.",
                    "Its secret is shown once, on the next page.",
                ],
                button="Add",
            ),
            carry_out=add,
            refusals=REFUSALS,
        ).answer(request, self)


@admin.register(WebhookAttempt)
class WebhookAttemptAdmin(ReadOnlyAdmin):
    search_ids = ("message_id", "correlation_id")
    search_texts = ("endpoint",)
    search_help_text = "The name of an endpoint, a webhook's id, or a conversation id"
    list_display = ("at", "endpoint_id", "event", "attempt", "status", "milliseconds", "excerpt")
    fields = (
        ("at", "receiver", "event"),
        ("message_id", "correlation_id", "attempt"),
        ("status", "milliseconds"),
        "excerpt",
    )

    @admin.display(description="endpoint")
    def receiver(self, attempt: WebhookAttempt) -> SafeString:
        return page("outbox_webhookendpoint", attempt.endpoint_id)
