"""The state of rebuilds and drift checks."""

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.utils import timezone

from outbox.kit.texts import LONGEST_REASON


class RebuildStage(models.TextChoices):
    """How far workers are with a rebuild; those by a command have none."""

    BY_COMMAND = "", "by a command"
    REPLAYING = "replaying"
    COMPARING = "comparing"
    READY = "ready", "ready for the swap"
    SWAPPING = "swapping"
    SWAPPED = "swapped"
    ROLLING_BACK = "rolling_back", "rolling back"
    ROLLED_BACK = "rolled_back", "rolled back"
    FAILED = "failed"


class Rebuild(models.Model):
    """The last rebuild of a read model, and its progress."""

    name = models.CharField(primary_key=True, max_length=40)
    position = models.UUIDField(default=UUID(int=0), help_text="The last conversation replayed.")
    replayed = models.BigIntegerField(default=0, help_text="Conversations.")
    started_at = models.DateTimeField(default=timezone.now)
    swapped_at = models.DateTimeField(null=True)
    stage = models.CharField(
        max_length=12,
        choices=RebuildStage,
        blank=True,
        default=RebuildStage.BY_COMMAND,
        db_default="",
        help_text="How far workers are.",
    )
    expected = models.BigIntegerField(
        default=0, db_default=0, help_text="Conversations, estimated when it began."
    )
    comparison = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="Of each table, as counts and examples.",
    )
    would_change = models.BigIntegerField(
        null=True, help_text="Rows that the swap would change, late ones left out."
    )
    taken_until = models.DateTimeField(
        null=True, help_text="Until when the worker that takes a step of it keeps others away."
    )
    moved_at = models.DateTimeField(null=True, help_text="When a worker took a step of it last.")
    error = models.CharField(
        max_length=LONGEST_REASON, blank=True, default="", db_default="", help_text="Why it failed."
    )

    class Meta:
        permissions: ClassVar = [("rebuild_readmodel", "Can rebuild read models")]

    def __str__(self) -> str:
        return f"rebuild of {self.name}"


class DriftCheck(models.Model):
    """Counts of a read model's rows that were compared with the contexts' tables, and differed."""

    name = models.CharField(primary_key=True, max_length=40)
    compared = models.BigIntegerField(default=0)
    differing = models.BigIntegerField(default=0)
    differed_last = models.IntegerField(default=0, help_text="Of those that were compared last.")
    checked_at = models.DateTimeField(default=timezone.now)
    differed_at = models.DateTimeField(null=True, help_text="When rows differed last.")

    def __str__(self) -> str:
        return f"{self.name}: {self.differing} of {self.compared}"
