"""Comparisons of our ledger with the books of gateways."""

from django.db import models
from django.utils import timezone


class Reconciliation(models.Model):
    """One comparison of our ledger with a gateway's book, and the number of differences."""

    gateway = models.CharField(max_length=40)
    since = models.DateTimeField()
    until = models.DateTimeField()
    entries = models.PositiveIntegerField(help_text="Entries of the book in this period.")
    differences = models.PositiveIntegerField()
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.gateway} {self.since:%Y-%m-%d}: {self.differences} of {self.entries}"
