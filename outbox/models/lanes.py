"""What is owed to whom, and who is at it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

ERROR_LENGTH, ERROR_TYPE_LENGTH = 300, 80


class Lane(models.Model):
    """What one subscriber is owed of one conversation; it exists only while something is.

    Everything before ``next`` is handled, and nothing from there on: the order of a conversation is
    kept because no row could say that a message was passed over. Whoever publishes leaves a lane
    that exists untouched, and so waits for nobody who works on it.
    """

    id = models.BigAutoField(primary_key=True)
    subscriber = models.CharField(max_length=40)
    correlation_id = models.UUIDField(help_text="The conversation.")
    next = models.IntegerField(help_text="The sequence of the first message that is owed.")
    since = models.DateTimeField(help_text="Since when it is owed.")
    due_at = models.DateTimeField(help_text="When it may be tried.")
    attempts = models.PositiveSmallIntegerField(
        db_default=0, help_text="Tries of the first message that have failed."
    )
    refusals = models.PositiveSmallIntegerField(
        db_default=0, help_text="Tries by code that did not know the message; no attempts."
    )
    stopped = models.BooleanField(
        db_default=False, help_text="The first message is a dead letter: it is not tried again."
    )
    claim = models.UUIDField(null=True, help_text="Who calls outside about it at this moment.")
    message_type = models.CharField(max_length=60, blank=True, db_default="")
    error = models.CharField(max_length=ERROR_LENGTH, blank=True, db_default="")
    error_type = models.CharField(max_length=ERROR_TYPE_LENGTH, blank=True, db_default="")
    traceback = models.TextField(blank=True, db_default="")

    class Meta:
        permissions: ClassVar = [
            ("redrive_lane", "Can redrive dead letters"),
            ("discard_lane", "Can discard dead letters"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["correlation_id", "subscriber"], name="outbox_lane_once"
            ),
        ]
        indexes: ClassVar = [
            # No index serves another's query: a plan must not flip between them.
            models.Index(
                F("subscriber"),
                F("due_at"),
                name="outbox_lane_owed",
                condition=Q(stopped=False),
            ),
            models.Index(
                F("subscriber"),
                F("id"),
                name="outbox_lane_stopped",
                condition=Q(stopped=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.correlation_id} to {self.subscriber}, from {self.next}"


class Claim(models.Model):
    """Lanes that one worker is at, by the database's clock until ``ends_at``.

    It is committed before the work begins. When its time has passed the worker has vanished, and
    each of its lanes is tried alone: the message that killed it is found, counted and stopped.
    """

    token = models.UUIDField(primary_key=True)
    subscriber = models.CharField(max_length=40)
    ends_at = models.DateTimeField()
    lanes = ArrayField(models.BigIntegerField())

    class Meta:
        indexes: ClassVar = [
            models.Index(F("subscriber"), F("ends_at"), name="outbox_claim_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.token} of {self.subscriber}"
