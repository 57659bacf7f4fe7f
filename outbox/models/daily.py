"""The state of daily work."""

from django.db import models
from django.db.models.functions import Now


class DailyWork(models.Model):
    """When daily work was last done; only ``outbox/kit/daily.py`` writes it.

    Times are the database's, days those of UTC.
    """

    name = models.CharField(primary_key=True, max_length=80)
    at = models.TimeField(help_text="When it is due.")
    done_until = models.DateField(help_text="All days before this one are done.")
    done_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(db_default=Now())
    tries = models.PositiveIntegerField(db_default=0, help_text="Since it was last done.")
    error = models.CharField(max_length=500, db_default="", help_text="Of the last attempt.")

    def __str__(self) -> str:
        return self.name
