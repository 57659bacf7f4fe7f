"""Admin pages of messages in the log and of scheduled messages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from outbox.kit.admin.links import page, pretty, rows, side_by_side
from outbox.kit.admin.pages import ReadOnlyAdmin
from outbox.models import Message, ScheduledMessage
from outbox.operations.receipts import Received, receipts

MAY_READ = "outbox.view_payload"


def redacted(payload: Any) -> Any:
    """Return the fields of a payload with nothing in them but ids."""
    match payload:
        case dict():
            return {
                name: value if name.endswith("_id") else redacted(value)
                for name, value in payload.items()
            }
        case list():
            return [redacted(each) for each in payload]
        case _:
            return "…"


class AnyMessageAdmin(ReadOnlyAdmin):
    search_ids = ("id", "correlation_id")
    search_help_text = "A message or conversation id"
    list_display_links = ("type",)

    @admin.display(description="conversation")
    def conversation(self, message: Message | ScheduledMessage) -> SafeString:
        return rows("outbox_message", message.correlation_id, q=message.correlation_id)

    @admin.display(description="caused by")
    def caused_by(self, message: Message | ScheduledMessage) -> SafeString | None:
        cause = message.causation_id
        return page("outbox_message", cause) if cause else None

    def get_object(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """Find a message, with what the user may see of its content."""
        found: Any = super().get_object(request, *args, **options)
        if found is not None and not request.user.has_perm(MAY_READ):
            found.payload = redacted(found.payload)
        return found

    @admin.display(description="payload")
    def content(self, message: Message | ScheduledMessage) -> SafeString:
        return pretty(message.payload)


@admin.register(Message)
class MessageAdmin(AnyMessageAdmin):
    list_display = ("type", "context", "conversation", "sequence", "caused_by", "recorded_at")
    fields = (
        ("type", "version", "context"),
        ("recorded_at", "flow", "sequence"),
        ("conversation", "id"),
        ("caused_by", "led_to"),
        "owed_to",
        "traceparent",
        "content",
    )

    def get_ordering(self, request: HttpRequest) -> Any:
        """List search results in sequence, newest first otherwise."""
        return ("correlation_id", "sequence") if request.GET.get("q") else self.ordering

    @admin.display(description="owed to")
    def owed_to(self, message: Message) -> SafeString:
        return format_html_join(
            SafeString("<br>"), "{}", ((_standing(each),) for each in receipts([message]))
        )

    @admin.display(description="led to")
    def led_to(self, message: Message) -> SafeString:
        caused = Message.objects.filter(
            correlation_id=message.correlation_id, causation_id=message.id
        )
        return side_by_side(
            page("outbox_message", each.id, each.type) for each in caused.order_by("sequence")
        )


def _standing(received: Received) -> SafeString | str:
    """Name a subscriber and its receipt; link to the lane if the message is owed."""
    text = f"{received.subscriber}: {received.receipt}"
    return page("outbox_lane", received.lane.pk, text) if received.lane else text


@admin.register(ScheduledMessage)
class ScheduledMessageAdmin(AnyMessageAdmin):
    ordering = ("due_at",)
    list_display = ("type", "context", "conversation", "caused_by", "due_at")
    fields = (
        ("type", "version", "context"),
        ("due_at", "flow"),
        ("conversation", "id"),
        "caused_by",
        "traceparent",
        "content",
    )
