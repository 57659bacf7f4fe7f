"""Webhooks received from gateways."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from payments.gateways.results import (
    LONGEST_CODE,
    LONGEST_REFERENCE,
    Declined,
    Disputed,
    Processing,
    Stage,
    Succeeded,
)
from payments.models.outcomes import Outcome


class WebhookStatus(models.TextChoices):
    RECEIVED = "received"
    MATCHED = "matched"
    UNMATCHED = "unmatched"


class Webhook(models.Model):
    """A webhook of a gateway, stored once however often it was sent.

    Only the fields that we use are stored: providers also send names and addresses. An unmatched
    one belongs to nothing in our ledger, and waits for a human.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    gateway = models.CharField(max_length=40)
    event_id = models.CharField(max_length=LONGEST_REFERENCE)
    type = models.CharField(max_length=80, help_text="The gateway's name for the type of event.")
    kind = models.CharField(max_length=20)
    idempotency_key = models.CharField(max_length=LONGEST_REFERENCE, blank=True)
    order_id = models.UUIDField(null=True)
    about = models.CharField(
        max_length=LONGEST_REFERENCE,
        blank=True,
        db_default="",
        help_text="The gateway's name for the payment that it belongs to.",
    )
    outcome = models.CharField(max_length=15, choices=Outcome, blank=True)
    gateway_reference = models.CharField(max_length=LONGEST_REFERENCE, blank=True)
    saved_for = models.CharField(
        max_length=LONGEST_REFERENCE,
        blank=True,
        db_default="",
        help_text="The gateway's name for the customer for whom the method is saved.",
    )
    amount = models.PositiveBigIntegerField(null=True, help_text="Minor units.")
    currency = models.CharField(max_length=3, blank=True, db_default="")
    decline_code = models.CharField(
        max_length=LONGEST_CODE, blank=True, help_text="Of a dispute: its reason."
    )
    stage = models.CharField(
        max_length=12, blank=True, db_default="", help_text="The state of a dispute."
    )
    answer_by = models.DateTimeField(
        null=True, help_text="Of a dispute: until when evidence is accepted."
    )
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
    def result(self) -> Succeeded | Declined | Processing | None:
        """The outcome of the operation that it reports."""
        match self.outcome:
            case Outcome.SUCCEEDED:
                return Succeeded(self.gateway_reference, self.amount, self.currency, self.saved_for)
            case Outcome.DECLINED:
                return Declined(self.decline_code, self.gateway_reference)
            case Outcome.PROCESSING:
                return Processing(self.gateway_reference)
        return None

    @property
    def dispute(self) -> Disputed | None:
        """The dispute that it reports."""
        if not self.stage:
            return None
        return Disputed(
            reference=self.gateway_reference,
            amount=self.amount or 0,
            currency=self.currency,
            reason=self.decline_code,
            stage=Stage(self.stage),
            answer_by=self.answer_by,
        )
