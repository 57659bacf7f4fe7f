"""The state of rebuilds and drift checks."""

from uuid import UUID

from django.db import models
from django.utils import timezone


class Rebuild(models.Model):
    """The last rebuild of a read model, and its progress."""

    name = models.CharField(primary_key=True, max_length=40)
    position = models.UUIDField(default=UUID(int=0), help_text="The last conversation replayed.")
    replayed = models.BigIntegerField(default=0, help_text="Conversations.")
    started_at = models.DateTimeField(default=timezone.now)
    swapped_at = models.DateTimeField(null=True)

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
