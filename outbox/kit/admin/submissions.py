"""Forms that were sent."""

from django.db import models
from django.utils import timezone


class Submission(models.Model):
    """A form of the admin that was carried out; what bears its id again is not."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.id)
