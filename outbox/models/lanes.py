"""Lanes: what each subscriber is owed; and claims: which worker is handling it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

ERROR_LENGTH, ERROR_TYPE_LENGTH, PLACE_LENGTH, FAULT_LENGTH = 300, 80, 160, 16


class Lane(models.Model):
    """What one subscriber is owed of one conversation; it exists only while something is.

    Everything before ``next`` is handled, and nothing from there on, so a lane cannot skip a
    message. Publishers do not touch an existing lane, so they never wait for a worker.
    """

    id = models.BigAutoField(primary_key=True)
    subscriber = models.CharField(max_length=40)
    correlation_id = models.UUIDField(help_text="The conversation.")
    next = models.IntegerField(help_text="The sequence of the first message that is owed.")
    since = models.DateTimeField(help_text="Since when it is owed.")
    due_at = models.DateTimeField(help_text="When it may be tried.")
    attempts = models.PositiveSmallIntegerField(
        db_default=0, help_text="Failed attempts at the first message."
    )
    refusals = models.PositiveSmallIntegerField(
        db_default=0, help_text="Attempts by code that did not know the message; they do not count."
    )
    stopped = models.BooleanField(db_default=False, help_text="The first message is a dead letter.")
    claim = models.UUIDField(
        null=True, help_text="The claim under which a call outside is being made."
    )
    message_type = models.CharField(max_length=60, blank=True, db_default="")
    error = models.CharField(max_length=ERROR_LENGTH, blank=True, db_default="")
    error_type = models.CharField(max_length=ERROR_TYPE_LENGTH, blank=True, db_default="")
    place = models.CharField(
        max_length=PLACE_LENGTH,
        blank=True,
        db_default="",
        help_text="The innermost function of ours in which it happened.",
    )
    fault = models.CharField(
        max_length=FAULT_LENGTH,
        blank=True,
        db_default="",
        help_text="A digest of subscriber, type of error and place.",
    )
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
            # Each index serves one query only, so that a plan cannot switch between them.
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
            models.Index(
                F("fault"),
                F("id"),
                name="outbox_lane_fault",
                condition=Q(stopped=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.correlation_id} to {self.subscriber}, from {self.next}"


class Claim(models.Model):
    """Lanes that one worker is handling, until ``ends_at`` by the database's clock.

    It is committed before the work begins. Once it has expired, the worker counts as vanished and
    each of its lanes is tried alone, so that a message that kills workers stops only its own lane.
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
