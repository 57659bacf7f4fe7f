"""What the door of the API keeps: keys of requests that were answered."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class IdempotencyKey(models.Model):
    """A POST that was done, and its answer; written in the transaction of what it did.

    Nobody has to look at one that is under way: that is a lock of its transaction, not a row.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False)
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the address and the body.")
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.BinaryField()
    answered_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "route", "key"], name="config_key_of_user_and_route"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} on {self.route}"
