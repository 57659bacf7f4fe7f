"""API tokens, idempotency keys, figures by minute, and owners of what waits for a human."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.utils import timezone

from outbox.kit.texts import LONGEST_REASON


class ApiToken(models.Model):
    """Let a program act as a user until it expires or is revoked; only a digest is stored."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=80, help_text="What it is for.")
    scopes = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        blank=True,
        help_text="What a service token is for; empty for a token of one person.",
    )
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
    def service(self) -> str:
        """The name under which acts record a storefront's server; empty for a person's token."""
        return f"service token {self.pk}" if self.scopes else ""

    @property
    def standing(self) -> str:
        """Say whether it is valid, and since or until when."""
        if self.revoked_at is not None:
            return f"revoked {self.revoked_at:%Y-%m-%d}"
        if self.expires_at <= timezone.now():
            return f"expired {self.expires_at:%Y-%m-%d}"
        return f"good until {self.expires_at:%Y-%m-%d}"


class IdempotencyKey(models.Model):
    """A POST that succeeded, and its answer; written in the transaction of its effect.

    A request that is being answered has no row yet, but an advisory lock.
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


class Minute(models.Model):
    """What happened in one minute by the database's clock; only ``console/minutes.py`` writes it.

    What was owed at its end is empty for minutes that were filled in later.
    """

    at = models.DateTimeField(primary_key=True, help_text="When it began.")
    placed = models.PositiveIntegerField(help_text="Orders placed.")
    confirmed = models.PositiveIntegerField(help_text="Orders confirmed.")
    cancelled = models.PositiveIntegerField(help_text="Orders cancelled.")
    failures = models.PositiveIntegerField(help_text="Failed attempts to handle a message.")
    median = models.FloatField(
        null=True, help_text="Seconds in which half of the orders that ended then had ended."
    )
    p95 = models.FloatField(
        null=True, help_text="Seconds in which 95 of 100 of those orders had ended."
    )
    owed = models.PositiveIntegerField(
        null=True, help_text="Conversations in which something was owed at its end."
    )
    dead_letters = models.PositiveIntegerField(null=True, help_text="At its end.")

    class Meta:
        verbose_name = "figures of a minute"
        verbose_name_plural = "figures by minute"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class Ownership(models.Model):
    """Who looks after something that waits for a human; the thing itself is in its own table."""

    kind = models.CharField(max_length=20, help_text="What it is: order, payment, error.")
    key = models.CharField(max_length=80, help_text="Which one of its kind.")
    owner = models.CharField(max_length=150, blank=True, help_text="A user's name.")
    note = models.CharField(max_length=LONGEST_REASON, blank=True)
    noted_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, help_text="When it was marked as done.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "key"], name="config_one_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}: {self.owner}"
