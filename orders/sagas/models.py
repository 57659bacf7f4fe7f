"""Tables of sagas: instances, their steps, and the history of what moved them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7

from outbox.kit.rows.lean import LeanModel


class SagaStatus(models.TextChoices):
    RUNNING = "running"
    COMPLETED = "completed"
    COMPENSATING = "compensating"
    COMPENSATED = "compensated"
    SUSPENDED = "suspended"
    NEEDS_ATTENTION = "needs_attention", "needs attention"
    RESOLVED_MANUALLY = "resolved_manually", "resolved manually"


ENDED = (SagaStatus.COMPLETED, SagaStatus.COMPENSATED, SagaStatus.RESOLVED_MANUALLY)


class StepStatus(models.TextChoices):
    PENDING = "pending"
    DISPATCHED = "dispatched"
    POSTPONED = "postponed"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    COMPENSATING = "compensating"
    COMPENSATED = "compensated"
    COMPENSATION_FAILED = "compensation_failed", "compensation failed"
    SKIPPED = "skipped"
    RESOLVED_MANUALLY = "resolved_manually", "resolved manually"


class SagaInstance(LeanModel):
    """One saga of one order, pinned to the version of the definition that it started with."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    definition = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    correlation_id = models.UUIDField(help_text="The order.")
    flow = models.CharField(max_length=30, blank=True)
    fingerprint = models.CharField(
        max_length=16,
        blank=True,
        default="",
        db_default="",
        help_text="Of the definition it started with; empty if it started before fingerprints.",
    )
    started_by = models.UUIDField(help_text="The message that started it.")
    started_at = models.DateTimeField()
    received = models.JSONField(help_text="Fields of events received, by name; they fill commands.")
    # Columns that change come after those that do not: the write-ahead log then repeats less.
    status = models.CharField(max_length=17, choices=SagaStatus, default=SagaStatus.RUNNING)
    compensating = models.BooleanField(
        default=False, db_default=False, help_text="Whether it compensates."
    )
    next_action_at = models.DateTimeField(
        null=True, help_text="When the sweeper acts, unless a message comes first."
    )
    attention_reason = models.CharField(max_length=500, blank=True)
    suspended_at = models.DateTimeField(
        null=True, help_text="Since when nothing is dispatched and deadlines stand still."
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "saga"
        permissions: ClassVar = [
            ("retry_saga", "Can have a saga's open commands sent again"),
            ("compensate_saga", "Can have a saga compensated"),
            ("skip_step", "Can let a saga continue without a step"),
            ("suspend_saga", "Can suspend and resume a saga"),
            ("resolve_saga", "Can end a saga by hand"),
        ]
        constraints: ClassVar = [
            # The order comes first, so that the index finds the sagas of an order.
            models.UniqueConstraint(
                fields=["correlation_id", "started_by", "definition"],
                name="sagas_instance_started_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=SagaStatus.values), name="sagas_instance_status"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["started_at"],
                name="sagas_instance_open",
                condition=~Q(status__in=("completed", "compensated", "resolved_manually")),
            ),
            # Lists by status: what was completed is found from the newest on, and so is most.
            models.Index(
                fields=["status", "id"],
                name="sagas_instance_undone",
                condition=Q(status__in=("compensated", "resolved_manually")),
            ),
            models.Index(
                F("next_action_at"),
                name="sagas_instance_next_action",
                condition=Q(next_action_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.definition} of order {self.correlation_id}"


class SagaStep(LeanModel):
    """One step of a saga, from its dispatch on."""

    # Written with its saga's row, or while that is locked: the server need not check for it.
    saga = models.ForeignKey(
        SagaInstance,
        on_delete=models.CASCADE,
        related_name="steps",
        db_index=False,
        db_constraint=False,
    )
    name = models.CharField(max_length=40)
    status = models.CharField(max_length=19, choices=StepStatus)
    attempts = models.PositiveSmallIntegerField(default=1)
    dispatched_at = models.DateTimeField()
    deadline_at = models.DateTimeField(
        null=True, help_text="Empty when the step waits for no reply."
    )
    ended_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "step"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["saga", "name"], name="sagas_step_name"),
            models.CheckConstraint(
                condition=Q(status__in=StepStatus.values), name="sagas_step_status"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.status}"


class SagaHistory(LeanModel):
    """What moved a saga, and to which status: append-only, in the order of its ids."""

    saga = models.ForeignKey(
        SagaInstance, on_delete=models.CASCADE, related_name="history", db_constraint=False
    )
    message_id = models.UUIDField(null=True, help_text="Empty when no message moved it.")
    cause = models.CharField(
        max_length=60, help_text="The event, the deadline, or the operator's verb."
    )
    status = models.CharField(max_length=17, choices=SagaStatus)
    changes = models.CharField(max_length=2000, help_text="What was decided about the steps.")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "history"

    def __str__(self) -> str:
        return f"{self.cause}: {self.changes}"
