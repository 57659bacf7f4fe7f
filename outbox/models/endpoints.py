"""Endpoints of webhooks, and what was sent to them."""

from typing import ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F
from django.utils import timezone
from uuid_utils.compat import uuid7

SUBSCRIBER: Final = "webhook_"
"""How the names of the endpoints' subscribers begin."""

LONGEST_NAME: Final = 22
LONGEST_URL: Final = 500
LONGEST_EXCERPT: Final = 200


class WebhookEndpoint(models.Model):
    """Where another system receives chosen events.

    A row is never deleted, so that its name is never given twice: messages in the log bear it.
    """

    name = models.CharField(primary_key=True, max_length=LONGEST_NAME)
    url = models.CharField(max_length=LONGEST_URL)
    events = ArrayField(models.CharField(max_length=60), help_text="The events that it receives.")
    failures = models.PositiveIntegerField(
        default=0, help_text="Attempts that failed since the last one that was accepted."
    )
    failing_since = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(
        null=True, help_text="Nothing is sent since then; what is owed is kept."
    )
    paused_because = models.CharField(max_length=500, blank=True)
    paused_by = models.CharField(
        max_length=150, blank=True, db_default="", help_text="Empty if it kept failing."
    )
    added_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        permissions: ClassVar = [
            ("keep_webhookendpoint", "Can keep webhook endpoints"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subscriber(self) -> str:
        """The name of the subscriber that sends to it."""
        return f"{SUBSCRIBER}{self.name}"


class WebhookSecret(models.Model):
    """A secret that signs the webhooks of one endpoint; several may at a time."""

    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="secrets")
    encrypted = models.TextField()
    made_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(
        null=True, help_text="It has been replaced, and signs until then only."
    )

    def __str__(self) -> str:
        return f"secret {self.pk} of {self.endpoint_id}"


class WebhookResend(models.Model):
    """A range of the log that is sent to one endpoint again."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="resends")
    since = models.DateTimeField(help_text="Events recorded from then on.")
    until = models.DateTimeField(help_text="And before then.")
    reached = models.UUIDField(null=True, help_text="The last message that was looked at.")
    found = models.PositiveIntegerField(default=0, help_text="Events that are to be sent again.")
    done = models.PositiveIntegerField(
        default=0, help_text="Those that were accepted, or are not wanted any more."
    )
    asked_at = models.DateTimeField(default=timezone.now)
    all_found_at = models.DateTimeField(
        null=True, help_text="When the whole range had been looked at."
    )
    stopped_at = models.DateTimeField(null=True, help_text="Nothing more of it is sent since then.")

    def __str__(self) -> str:
        return f"{self.endpoint_id} from {self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M}"


class WebhookAttempt(models.Model):
    """One webhook as it was sent, and what the endpoint answered."""

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(
        WebhookEndpoint, models.PROTECT, related_name="attempts", db_index=False
    )
    message_id = models.UUIDField(help_text="The webhook's id.", db_index=True)
    event = models.CharField(max_length=60)
    correlation_id = models.UUIDField(null=True, help_text="The conversation.", db_index=True)
    resend = models.ForeignKey(
        WebhookResend, models.PROTECT, null=True, db_index=False, related_name="attempts"
    )
    attempt = models.PositiveSmallIntegerField(help_text="The number of this attempt, from 1.")
    status = models.PositiveSmallIntegerField(null=True, help_text="Of the answer, if one came.")
    milliseconds = models.PositiveIntegerField(help_text="How long the call took.")
    excerpt = models.CharField(
        max_length=LONGEST_EXCERPT,
        blank=True,
        help_text="How an answer that refused it began, or why none came.",
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(F("endpoint"), F("id").desc(), name="outbox_attempt_of_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint_id}: {self.status or 'no answer'}"
