"""The alarms of which operators were alerted."""

from typing import ClassVar

from django.db import models


class Alarm(models.Model):
    """Something that operators were alerted of, for as long as it lasts (``outbox/kit/alarms.py``).

    Times are the database's.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=80)
    name = models.CharField(max_length=255, help_text="What it is about, within its kind.")
    alerted = models.PositiveIntegerField(help_text="How many there were at the last alert.")
    alerted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "name"], name="outbox_alarm_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"
