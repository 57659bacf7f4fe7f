"""What the door of the API keeps: tokens, and keys of requests that were answered."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class ApiToken(models.Model):
    """Lets a program act as a user until it expires or is revoked; only a digest of it is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=80, help_text="What it is for.")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "API token"
        permissions: ClassVar = [
            ("issue_token", "Can issue API tokens"),
            ("revoke_token", "Can revoke API tokens"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"

    @property
    def standing(self) -> str:
        """Say whether it is good, and since or until when."""
        if self.revoked_at is not None:
            return f"revoked {self.revoked_at:%Y-%m-%d}"
        if self.expires_at <= timezone.now():
            return f"expired {self.expires_at:%Y-%m-%d}"
        return f"good until {self.expires_at:%Y-%m-%d}"


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
    answered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "route", "key"], name="config_key_of_user_and_route"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} on {self.route}"
