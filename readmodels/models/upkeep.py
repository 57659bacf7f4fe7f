"""Looking after read models: rebuilds under way, and comparisons with the tables."""

from uuid import UUID

from django.db import models
from django.utils import timezone


class Rebuild(models.Model):
    """A read model's rebuild: how far it has come, until its tables replace the live ones."""

    name = models.CharField(primary_key=True, max_length=40)
    position = models.UUIDField(default=UUID(int=0), help_text="The last conversation replayed.")
    replayed = models.BigIntegerField(default=0, help_text="Conversations.")
    started_at = models.DateTimeField(default=timezone.now)
    swapped_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"rebuild of {self.name}"


class DriftCheck(models.Model):
    """How many rows of a read model were compared with the tables of the contexts, and differed."""

    name = models.CharField(primary_key=True, max_length=40)
    compared = models.BigIntegerField(default=0)
    differing = models.BigIntegerField(default=0)
    differed_last = models.IntegerField(default=0, help_text="Of those that were compared last.")
    checked_at = models.DateTimeField(default=timezone.now)
    differed_at = models.DateTimeField(null=True, help_text="When rows differed last.")

    def __str__(self) -> str:
        return f"{self.name}: {self.differing} of {self.compared}"
