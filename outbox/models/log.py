"""The log: conversations and their messages; and scheduled messages."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Conversation(models.Model):
    """The messages of one order, or of one booking. Its counter numbers them in commit order.

    A publisher locks the row until it commits, so no number is visible before an earlier one.
    """

    id = models.UUIDField(primary_key=True)
    sequence = models.IntegerField()
    flow = models.CharField(max_length=30, blank=True, db_default="")
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
    sequence = models.IntegerField(help_text="Number in its conversation, from 1.")
    type = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    payload = models.JSONField()
    causation_id = models.UUIDField(
        null=True, help_text="The message whose handling published this one."
    )
    flow = models.CharField(max_length=30, blank=True)
    subscribers = ArrayField(
        models.CharField(max_length=40), help_text="The subscribers that it was published for."
    )
    traceparent = models.CharField(max_length=55, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        permissions: ClassVar = [("view_payload", "Can see what messages contain")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["correlation_id", "sequence"], name="outbox_message_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.correlation_id}#{self.sequence}"


class ScheduledMessage(models.Model):
    """A message that is not due yet. When it is, it joins the log and gets its sequence."""

    id = models.UUIDField(primary_key=True, help_text="The id of the message to be.")
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
