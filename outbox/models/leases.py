"""Until when what a worker has claimed is held for it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F


class Lease(models.Model):
    """The time for which the deliveries of one claim are held, by the database's clock.

    It is a row of its own so that to claim a delivery changes no index: what is claimed by the
    hundred is written by the hundred. A lease goes with the last delivery that it holds.
    """

    claim = models.UUIDField(primary_key=True, help_text="The token that its deliveries bear.")
    subscriber = models.CharField(max_length=40)
    ends_at = models.DateTimeField(help_text="From then on anyone may claim what is left of it.")
    deliveries = ArrayField(models.BigIntegerField())

    class Meta:
        indexes: ClassVar = [
            models.Index(F("subscriber"), F("ends_at"), name="outbox_lease_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.claim} of {self.subscriber}"
