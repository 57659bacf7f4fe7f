"""Redrives: dead letters that workers make owed again step by step."""

from django.db import models
from django.utils import timezone

from outbox.kit.texts import LONGEST_REASON


class Pace(models.TextChoices):
    """How many dead letters are redriven together."""

    ONE = "one", "only the oldest"
    RAMP = "ramp", "1, 2, 5, 10 and so on"
    ALL = "all", "as many as the rate allows"


class RedriveStatus(models.TextChoices):
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped", "stopped: too many failed again"
    STALLED = "stalled", "stalled: nothing was tried"
    CANCELLED = "cancelled"


class Redrive(models.Model):
    """Dead letters that a filter chose, redriven in ramps as long as few fail again.

    Each ramp begins when all of the last one have been tried. Times are the database's.
    """

    id = models.BigAutoField(primary_key=True)
    chosen = models.JSONField(help_text="The filter: fields of a selection by name.")
    number = models.PositiveIntegerField(help_text="Dead letters chosen, counted up to a limit.")
    pace = models.CharField(max_length=4, choices=Pace)
    per_minute = models.PositiveIntegerField(
        null=True, help_text="Redriven at most per minute; empty means no limit."
    )
    most_failing = models.PositiveSmallIntegerField(
        help_text="It stops when more than this many in a hundred of a ramp fail again."
    )
    actor = models.CharField(max_length=150)
    reason = models.CharField(max_length=LONGEST_REASON)
    began_at = models.DateTimeField(default=timezone.now)
    after = models.BigIntegerField(default=0, help_text="The last lane redriven.")
    upto = models.BigIntegerField(help_text="The newest dead letter when it began.")
    under_way = models.JSONField(
        default=dict, help_text="By lane, the message that was redriven last."
    )
    untried = models.PositiveIntegerField(default=0, help_text="Of those, not tried yet.")
    moved_at = models.DateTimeField(default=timezone.now, help_text="When something was tried.")
    next_at = models.DateTimeField(default=timezone.now, help_text="When a ramp may begin.")
    ramps = models.JSONField(default=list, help_text="What became of each ramp.")
    status = models.CharField(max_length=9, choices=RedriveStatus, default=RedriveStatus.RUNNING)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"redrive {self.pk}"

    @property
    def settled(self) -> int:
        """Dead letters that were handled."""
        return sum(ramp["settled"] for ramp in self.ramps)

    @property
    def failed(self) -> int:
        """Dead letters that failed again."""
        return sum(ramp["failed"] for ramp in self.ramps)
