"""The table of submitted admin forms."""

from django.db import models
from django.utils import timezone


class Submission(models.Model):
    """An admin form that was carried out, so that it is not carried out again."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.id)
