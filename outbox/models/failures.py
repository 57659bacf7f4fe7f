"""The record of failed attempts."""

from typing import ClassVar

from django.db import models
from django.db.models import F

from outbox.models.lanes import (
    ERROR_LENGTH,
    ERROR_TYPE_LENGTH,
    FAULT_LENGTH,
    PLACE_LENGTH,
)


class FailedAttempt(models.Model):
    """One failed attempt; the lane itself has only the last error of its first message."""

    subscriber = models.CharField(max_length=40)
    correlation_id = models.UUIDField(help_text="The conversation.")
    sequence = models.IntegerField(help_text="Number of the message in its conversation.")
    message_type = models.CharField(max_length=60, blank=True)
    attempt = models.PositiveSmallIntegerField()
    stopped = models.BooleanField(
        help_text="It was the last attempt: the message is a dead letter."
    )
    error = models.CharField(max_length=ERROR_LENGTH)
    error_type = models.CharField(max_length=ERROR_TYPE_LENGTH, blank=True)
    place = models.CharField(max_length=PLACE_LENGTH, blank=True, db_default="")
    fault = models.CharField(max_length=FAULT_LENGTH, blank=True, db_default="")
    at = models.DateTimeField(help_text="By the database's clock.")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["correlation_id"], name="outbox_failure_conversation"),
            models.Index(fields=["at"], name="outbox_failure_at"),
            models.Index(F("fault"), F("at"), name="outbox_failure_fault"),
        ]

    def __str__(self) -> str:
        return f"{self.message_type} to {self.subscriber}: {self.error}"
