"""What gateways told us by themselves."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from payments.gateways.port import Declined, Succeeded
from payments.models.payments import Outcome


class WebhookStatus(models.TextChoices):
    RECEIVED = "received"
    MATCHED = "matched"
    UNMATCHED = "unmatched"


class Webhook(models.Model):
    """What a gateway told us by itself: once, however often it was sent.

    It keeps what we read of it and nothing else: providers send names and addresses along. An
    unmatched one speaks of nothing in our ledger, and waits for a human.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    gateway = models.CharField(max_length=40)
    event_id = models.CharField(max_length=120)
    type = models.CharField(max_length=80, help_text="The gateway's word for what happened.")
    kind = models.CharField(max_length=20)
    idempotency_key = models.CharField(max_length=80, blank=True)
    order_id = models.UUIDField(null=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    gateway_reference = models.CharField(max_length=120, blank=True)
    amount = models.PositiveBigIntegerField(null=True, help_text="Minor units.")
    decline_code = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=9, choices=WebhookStatus, default=WebhookStatus.RECEIVED)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gateway", "event_id"], name="payments_webhook_once"),
            models.CheckConstraint(
                condition=Q(status__in=WebhookStatus.values), name="payments_webhook_status"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                name="payments_webhook_unmatched",
                condition=Q(status=WebhookStatus.UNMATCHED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.type} {self.event_id}"

    @property
    def result(self) -> Succeeded | Declined | None:
        """What it says became of the operation."""
        match self.outcome:
            case Outcome.SUCCEEDED:
                return Succeeded(self.gateway_reference, self.amount)
            case Outcome.DECLINED:
                return Declined(self.decline_code)
        return None
