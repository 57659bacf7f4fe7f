"""Admin pages of what is owed of messages, of dead letters, and of what operators did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from outbox.admin_dead_letters import ActsOnDeadLetters
from outbox.admin_links import page, preformatted, rows
from outbox.admin_messages import MessageAdmin
from outbox.admin_pages import ReadOnlyAdmin, badge
from outbox.models import DEAD_LETTER, Delivery, DeliveryStatus, Lease, Message, OperatorAct
from outbox.registry import subscribers

COLOURS = {
    DeliveryStatus.DONE.label: "success",
    DeliveryStatus.OWED.label: "info",
    DeliveryStatus.DEAD.label: "danger",
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


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    search_ids = ("message_id",)
    search_help_text = "A message or conversation id"
    list_select_related = ("message",)
    list_filter: ClassVar[Sequence[Any]] = ("status", SubscriberFilter)
    list_display: ClassVar[Sequence[str]] = (
        "of",
        "subscriber",
        "state",
        "attempts",
        "due_at",
        "settled_at",
        "error",
    )
    fields = (
        ("message_link", "subscriber", "state"),
        ("conversation", "sequence"),
        ("attempts", "due_at", "settled_at"),
        ("claim", "held_until"),
        ("error_type", "error"),
        "failure",
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find messages first: a settled delivery has no index by conversation, a message has."""
        if not search_term.strip():
            return queryset, False
        messages = MessageAdmin(Message, self.admin_site)
        found, _ = messages.get_search_results(request, Message.objects.all(), search_term)
        return queryset.filter(message__in=found.values("pk")), False

    @admin.display(description="message")
    def of(self, delivery: Delivery) -> str:
        return delivery.message.type

    @admin.display(description="message")
    def message_link(self, delivery: Delivery) -> SafeString:
        return page("outbox_message", delivery.message_id, delivery.message.type)

    @badge("status", COLOURS)
    def state(self, delivery: Delivery) -> str:
        return delivery.get_status_display()

    @admin.display(description="conversation")
    def conversation(self, delivery: Delivery) -> SafeString:
        return rows("outbox_message", delivery.correlation_id, q=delivery.correlation_id)

    @admin.display(description="held until")
    def held_until(self, delivery: Delivery) -> datetime | None:
        if delivery.claim is None:
            return None
        ends = Lease.objects.filter(claim=delivery.claim).values_list("ends_at", flat=True)
        return ends.first()

    @admin.display(description="traceback")
    def failure(self, delivery: Delivery) -> SafeString | None:
        return preformatted(delivery.traceback) if delivery.traceback else None


@admin.register(DeadLetter)
class DeadLetterAdmin(ActsOnDeadLetters, DeliveryAdmin):
    list_filter = (SubscriberFilter, "error_type")
    list_display = ("of", "subscriber", "conversation", "attempts", "error", "since")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(DEAD_LETTER)

    @admin.display(description="since")
    def since(self, delivery: Delivery) -> Any:
        return delivery.due_at


@admin.register(OperatorAct)
class OperatorActAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "verb", "subject", "reason")
    list_filter = ("verb",)
    search_ids = ("correlation_id",)
    search_help_text = "A conversation id"
    fields = ("at", "actor", "verb", "subject", "correlation_id", "reason", "details")
    ordering = ("-id",)
