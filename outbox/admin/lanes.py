"""Admin pages of lanes and failed attempts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from outbox.admin.tracebacks import readable
from outbox.kit.admin.links import page, rows
from outbox.kit.admin.pages import ReadOnlyAdmin, badge
from outbox.models import Claim, FailedAttempt, Lane, Message
from outbox.registry import groups, subscribers

OWED, STOPPED = "owed", "dead letter"
COLOURS = {OWED: "info", STOPPED: "danger"}


class SubscriberFilter(admin.SimpleListFilter):
    """The subscribers of this code; reading their names from the table would scan it."""

    title = "subscriber"
    parameter_name = "subscriber"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's signature
        return [(name, name) for name in sorted({*subscribers, *groups})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - likewise
        return queryset.filter(subscriber=self.value()) if self.value() else queryset


class FaultFilter(admin.SimpleListFilter):
    """Those of one fault, to which the pages of errors lead; it offers no choice of its own."""

    title = "fault"
    parameter_name = "fault"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's signature
        return [(self.value() or "", self.value() or "")] if self.value() else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - likewise
        return queryset.filter(fault=self.value()) if self.value() else queryset


@admin.register(Lane)
class LaneAdmin(ReadOnlyAdmin):
    search_ids = ("correlation_id",)
    search_help_text = "A conversation id"
    list_filter: ClassVar[Sequence[Any]] = ("stopped", SubscriberFilter)
    list_display: ClassVar[Sequence[str]] = (
        "conversation_id",
        "subscriber",
        "state",
        "since",
        "attempts",
        "due_at",
        "error",
    )
    fields = (
        ("subscriber", "state", "since"),
        ("conversation", "first_message", "next"),
        ("attempts", "refusals", "due_at"),
        ("claim", "held_until"),
        ("error_type", "error"),
        ("place", "fault"),
        "failure",
    )

    @admin.display(description="conversation")
    def conversation_id(self, lane: Lane) -> str:
        return str(lane.correlation_id)

    @admin.display(description="first message owed")
    def first_message(self, lane: Lane) -> SafeString | None:
        owed = Message.objects.filter(
            correlation_id=lane.correlation_id,
            sequence__gte=lane.next,
            subscribers__overlap=_names(lane.subscriber),
        )
        first = owed.order_by("sequence").first()
        return page("outbox_message", first.pk, first.type) if first else None

    @badge("status", COLOURS)
    def state(self, lane: Lane) -> str:
        return STOPPED if lane.stopped else OWED

    @admin.display(description="conversation")
    def conversation(self, lane: Lane) -> SafeString:
        return rows("outbox_message", lane.correlation_id, q=lane.correlation_id)

    @admin.display(description="held until")
    def held_until(self, lane: Lane) -> datetime | None:
        held = Claim.objects.filter(subscriber=lane.subscriber, lanes__contains=[lane.pk])
        return held.values_list("ends_at", flat=True).first()

    @admin.display(description="traceback")
    def failure(self, lane: Lane) -> SafeString | None:
        return readable(lane.traceback) if lane.traceback else None


def _names(lane: str) -> list[str]:
    return groups[lane].names if lane in groups else [lane]


@admin.register(FailedAttempt)
class FailedAttemptAdmin(ReadOnlyAdmin):
    search_ids = ("correlation_id",)
    search_help_text = "A conversation id"
    list_filter: ClassVar[Sequence[Any]] = (SubscriberFilter, FaultFilter)
    list_display = ("at", "message_type", "subscriber", "attempt", "stopped", "error")
    fields = (
        ("at", "subscriber", "message_type"),
        ("correlation_id", "sequence"),
        ("attempt", "stopped"),
        ("error_type", "error"),
    )
