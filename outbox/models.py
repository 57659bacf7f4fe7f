"""The log of messages, what is owed of it, and what operators did about it."""

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Conversation(models.Model):
    """All messages of one order. Its counter makes their sequence the order of their commits.

    A publisher holds the row until it commits, so that no later number is visible before an
    earlier one.
    """

    id = models.UUIDField(primary_key=True)
    sequence = models.IntegerField()
    deliveries_removed = models.IntegerField(
        db_default=0, help_text="Retention has removed the deliveries up to this sequence."
    )
    messages_removed = models.IntegerField(
        db_default=0, help_text="Retention has removed the messages up to this sequence."
    )

    def __str__(self) -> str:
        return str(self.id)


class Message(models.Model):
    """One event or command: inserted with the business change, never updated.

    Column names follow Debezium's Outbox Event Router, so that a log-tailing relay can read them.
    """

    id = models.UUIDField(primary_key=True)
    context = models.CharField(db_column="aggregatetype", max_length=40)
    correlation_id = models.UUIDField(db_column="aggregateid")
    sequence = models.IntegerField(help_text="Place in its conversation, from 1.")
    type = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    payload = models.JSONField()
    causation_id = models.UUIDField(
        null=True, help_text="The message whose handling published this one."
    )
    flow = models.CharField(max_length=30, blank=True)
    traceparent = models.CharField(max_length=55, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["correlation_id", "sequence"], name="outbox_message_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.correlation_id}#{self.sequence}"


class ScheduledMessage(models.Model):
    """A message that is not due yet; the row goes when the message joins the log.

    It has no place in its conversation until then: what is published meanwhile comes first.
    """

    id = models.UUIDField(primary_key=True, help_text="The message will bear it.")
    context = models.CharField(max_length=40)
    correlation_id = models.UUIDField()
    type = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    payload = models.JSONField()
    causation_id = models.UUIDField(null=True)
    flow = models.CharField(max_length=30, blank=True)
    traceparent = models.CharField(max_length=55, blank=True)
    due_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="outbox_scheduled_due"),
            models.Index(fields=["correlation_id"], name="outbox_scheduled_conversation"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.correlation_id} at {self.due_at}"


class DeliveryStatus(models.TextChoices):
    OWED = "owed"
    DONE = "done"
    DEAD = "dead", "dead letter"


DEAD_LETTER = Q(status=DeliveryStatus.DEAD, settled_at__isnull=True)
"""What can be redriven or discarded; a discarded one stays dead, but is settled."""


class Delivery(models.Model):
    """One message owed to one subscriber: inbox, retry record and audit in one row.

    ``claim`` and ``claimed_until`` fence the worker that handles it; when the time has passed by
    the database's clock anyone may claim it again.
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
    claimed_until = models.DateTimeField(null=True)
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
            # Where the deliveries of a vanished worker are found.
            models.Index(
                F("subscriber"),
                F("claimed_until"),
                name="outbox_delivery_claimed",
                condition=Q(claim__isnull=False),
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


class Heartbeat(models.Model):
    """When a worker was last heard of; see ``outbox/heartbeats.py``, which alone writes here."""

    worker = models.CharField(primary_key=True, max_length=200, help_text="Celery's name of it.")
    heard_at = models.DateTimeField(help_text="By the database's clock.")

    def __str__(self) -> str:
        return self.worker


class OperatorAct(models.Model):
    """A privileged act: who did what to which thing, and why. Append-only, also by a trigger."""

    id = models.BigAutoField(primary_key=True)
    actor = models.CharField(max_length=150, help_text="A user name, or shell:NAME for a command.")
    verb = models.CharField(max_length=40, help_text="What was done, in the imperative: redrive.")
    subject = models.CharField(max_length=200, help_text="What it was done to.")
    correlation_id = models.UUIDField(null=True, help_text="The conversation, if it is about one.")
    reason = models.CharField(max_length=500)
    details = models.JSONField(default=dict, help_text="What it changed, as it was shown before.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "operator's act"
        verbose_name_plural = "operators' acts"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="outbox_act_has_reason"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["correlation_id"],
                name="outbox_act_conversation",
                condition=Q(correlation_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.verb} {self.subject}"
