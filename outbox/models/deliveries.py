"""What is owed to whom, and what became of it."""

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from outbox.models.log import Message


class DeliveryStatus(models.TextChoices):
    OWED = "owed"
    DONE = "done"
    DEAD = "dead", "dead letter"


DEAD_LETTER = Q(status=DeliveryStatus.DEAD, settled_at__isnull=True)
"""What can be redriven or discarded; a discarded one stays dead, but is settled."""


class Delivery(models.Model):
    """One message owed to one subscriber: inbox, retry record and audit in one row.

    ``claim`` fences the worker that handles it; when the lease of that claim has ended anyone may
    claim it again. No index mentions ``claim``: so PostgreSQL rewrites none when it changes.
    """

    id = models.BigAutoField(primary_key=True)
    # The insert that writes the message writes its deliveries: a checked foreign key would cost
    # a row lock per delivery and prove nothing new.
    message = models.ForeignKey(
        Message,
        on_delete=models.PROTECT,
        related_name="deliveries",
        db_constraint=False,
        db_index=False,
    )
    subscriber = models.CharField(max_length=40)
    correlation_id = models.UUIDField()
    sequence = models.IntegerField()
    status = models.CharField(max_length=4, choices=DeliveryStatus, default=DeliveryStatus.OWED)
    attempts = models.PositiveSmallIntegerField(default=0)
    refusals = models.PositiveSmallIntegerField(
        db_default=0, help_text="Tries by code that did not know the message; no attempts."
    )
    due_at = models.DateTimeField(
        null=True, help_text="When it may be tried; empty while it is parked behind a dead letter."
    )
    claim = models.UUIDField(null=True)
    settled_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    error_type = models.CharField(max_length=80, blank=True, db_default="")
    traceback = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        permissions: ClassVar = [
            ("redrive_delivery", "Can redrive dead letters"),
            ("discard_delivery", "Can discard dead letters"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["message", "subscriber"], name="outbox_delivery_once_per_subscriber"
            ),
            models.CheckConstraint(
                condition=Q(status__in=DeliveryStatus.values), name="outbox_delivery_status"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                F("subscriber"),
                F("due_at"),
                name="outbox_delivery_owed",
                condition=Q(status="owed"),
            ),
            # The head of a conversation at a subscriber; a dead letter is unsettled and keeps its
            # place. No index serves another's query: a plan must not flip between them.
            models.Index(
                F("correlation_id"),
                F("subscriber"),
                F("sequence"),
                name="outbox_delivery_unsettled",
                condition=Q(settled_at__isnull=True),
            ),
            models.Index(
                F("subscriber"), F("id"), name="outbox_delivery_dead", condition=DEAD_LETTER
            ),
            # What was settled lately lies in few blocks; a tree would cost a write per delivery.
            BrinIndex(
                fields=["settled_at"],
                name="outbox_delivery_settled",
                pages_per_range=32,
                autosummarize=True,
                condition=Q(settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} to {self.subscriber}: {self.status}"
