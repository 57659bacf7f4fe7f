"""Admin pages of sagas: their status, their history, and when they act next."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from orders.sagas.admin.verbs import ActsOnSagas
from orders.sagas.models import SagaHistory, SagaInstance, SagaStatus, SagaStep, StepStatus
from orders.sagas.vocabulary.saga import definitions
from outbox.kit.admin.links import page, pretty, rows, side_by_side, timeline
from outbox.kit.admin.pages import ReadOnlyAdmin, ReadOnlyInline, badge

COLOURS = {
    SagaStatus.RUNNING.label: "info",
    SagaStatus.COMPLETED.label: "success",
    SagaStatus.COMPENSATING.label: "warning",
    SagaStatus.COMPENSATED.label: "warning",
    SagaStatus.SUSPENDED.label: "warning",
    SagaStatus.NEEDS_ATTENTION.label: "danger",
    SagaStatus.RESOLVED_MANUALLY.label: "primary",
}


class DefinitionFilter(admin.SimpleListFilter):
    """Offer the definitions that this code has; to find them in the table would read all of it."""

    title = "definition"
    parameter_name = "definition"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's signature
        return [(name, name) for name in sorted({name for name, _ in definitions})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - likewise
        return queryset.filter(definition=self.value()) if self.value() else queryset


class StepInline(ReadOnlyInline):
    model = SagaStep
    fields = (
        "name",
        "state",
        "attempts",
        "dispatched_at",
        "deadline_at",
        "ended_at",
        "last_error",
    )

    @admin.display(description="status")
    def state(self, step: SagaStep) -> str:
        return StepStatus(step.status).label


class HistoryInline(ReadOnlyInline):
    model = SagaHistory
    fields = ("at", "caused_by", "changes", "state")

    @admin.display(description="cause")
    def caused_by(self, entry: SagaHistory) -> SafeString | str:
        return (
            page("outbox_message", entry.message_id, entry.cause)
            if entry.message_id
            else entry.cause
        )

    @admin.display(description="saga then")
    def state(self, entry: SagaHistory) -> str:
        return SagaStatus(entry.status).label


@admin.register(SagaInstance)
class SagaAdmin(ActsOnSagas, ReadOnlyAdmin):
    search_ids = ("id", "correlation_id")
    search_help_text = "A saga or order id"
    opens_only_match = True
    list_filter = ("status", DefinitionFilter)
    list_display = (
        "definition",
        "of_order",
        "state",
        "started_at",
        "next_action_at",
        "attention_reason",
    )
    inlines: ClassVar = [StepInline, HistoryInline]
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("definition", "version", "state"),
                    ("reason", "attention_reason"),
                    ("started_at", "next_action_at", "ended_at"),
                    ("compensating", "suspended_at", "fingerprint"),
                    ("of_order", "flow"),
                    "elsewhere",
                )
            },
        ),
        ("What it has received so far", {"fields": ("has_received",), "classes": ("collapse",)}),
    )

    @admin.display(description="order")
    def of_order(self, saga: SagaInstance) -> SafeString:
        return page("orders_order", saga.correlation_id)

    @badge("status", COLOURS)
    def state(self, saga: SagaInstance) -> str:
        return SagaStatus(saga.status).label

    @admin.display(description="reason")
    def reason(self, saga: SagaInstance) -> str | None:
        return str(saga.received["reason_code"]) if "reason_code" in saga.received else None

    @admin.display(description="more of it")
    def elsewhere(self, saga: SagaInstance) -> SafeString:
        return side_by_side(
            (
                timeline(saga.correlation_id),
                page("outbox_message", saga.started_by, "What started it"),
                rows("outbox_message", "Messages", q=saga.correlation_id),
                rows("outbox_lane", "Lanes", q=saga.correlation_id),
                rows("payments_payment", "Payment", q=saga.correlation_id),
            )
        )

    @admin.display(description="fields of events")
    def has_received(self, saga: SagaInstance) -> SafeString:
        return pretty(saga.received)
