"""Admin pages of messaging: messages, what is owed of them, and dead letters."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from outbox.admin_links import page, preformatted, pretty, rows, side_by_side
from outbox.admin_pages import ReadOnlyAdmin, ReadOnlyInline
from outbox.models import Delivery, DeliveryStatus, Message
from outbox.registry import subscribers

COLOURS = {
    DeliveryStatus.DONE: "success",
    DeliveryStatus.OWED: "info",
    DeliveryStatus.DEAD: "danger",
}


class DeadLetter(Delivery):
    """A delivery that has used up its attempts."""

    class Meta:
        proxy = True


class SubscriberFilter(admin.SimpleListFilter):
    """The subscribers that this code has; asking the table for them would read all of it."""

    title = "subscriber"
    parameter_name = "subscriber"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's signature
        return [(name, name) for name in sorted(subscribers)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - likewise
        return queryset.filter(subscriber=self.value()) if self.value() else queryset


class DeliveryInline(ReadOnlyInline):
    model = Delivery
    fields = ("to", "state", "attempts", "due_at", "settled_at", "error")
    verbose_name_plural = "owed to"

    @display(description="subscriber")
    def to(self, delivery: Delivery) -> SafeString:
        return page("outbox_delivery", delivery.pk, delivery.subscriber)

    @display(description="status")
    def state(self, delivery: Delivery) -> str:
        return delivery.get_status_display()


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    search_ids = ("id", "correlation_id")
    search_help_text = "A message or conversation id"
    list_display = ("type", "context", "conversation", "sequence", "caused_by", "recorded_at")
    list_display_links = ("type",)
    inlines: ClassVar = [DeliveryInline]
    fields = (
        ("type", "version", "context"),
        ("conversation", "sequence", "flow"),
        ("recorded_at", "id"),
        ("caused_by", "led_to"),
        "traceparent",
        "content",
    )

    @display(description="conversation")
    def conversation(self, message: Message) -> SafeString:
        return rows("outbox_message", message.correlation_id, q=message.correlation_id)

    @display(description="caused by")
    def caused_by(self, message: Message) -> SafeString | None:
        return message.causation_id and page("outbox_message", message.causation_id)

    @display(description="led to")
    def led_to(self, message: Message) -> SafeString:
        caused = Message.objects.filter(
            correlation_id=message.correlation_id, causation_id=message.id
        )
        return side_by_side(
            page("outbox_message", each.id, each.type) for each in caused.order_by("sequence")
        )

    @display(description="payload")
    def content(self, message: Message) -> SafeString:
        return pretty(message.payload)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    search_ids = ("message_id", "message__correlation_id")
    search_help_text = "A message or conversation id"
    list_select_related = ("message",)
    list_filter = ("status", SubscriberFilter)
    list_display = ("of", "subscriber", "state", "attempts", "due_at", "settled_at", "error")
    fields = (
        ("message_link", "subscriber", "state"),
        ("conversation", "sequence"),
        ("attempts", "due_at", "settled_at"),
        ("claim", "claimed_until"),
        "error",
        "failure",
    )

    @display(description="message")
    def of(self, delivery: Delivery) -> str:
        return delivery.message.type

    @display(description="message")
    def message_link(self, delivery: Delivery) -> SafeString:
        return page("outbox_message", delivery.message_id, delivery.message.type)

    @display(description="status", label=COLOURS)
    def state(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.status, delivery.get_status_display()

    @display(description="conversation")
    def conversation(self, delivery: Delivery) -> SafeString:
        return rows("outbox_message", delivery.correlation_id, q=delivery.correlation_id)

    @display(description="traceback")
    def failure(self, delivery: Delivery) -> SafeString | None:
        return preformatted(delivery.traceback) if delivery.traceback else None


@admin.register(DeadLetter)
class DeadLetterAdmin(DeliveryAdmin):
    list_filter = (SubscriberFilter,)
    list_display = ("of", "subscriber", "conversation", "attempts", "error", "since")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(status=DeliveryStatus.DEAD)

    @display(description="since")
    def since(self, delivery: Delivery) -> Any:
        return delivery.due_at
