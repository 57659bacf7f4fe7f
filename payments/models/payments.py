"""The payment of an order."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from outbox.kit.rows.lean import LeanModel


def gateway_of_new_payments() -> str:
    """Name the gateway of the settings."""
    return str(settings.PAYMENT_GATEWAY)


class Payment(LeanModel):
    """The money of one order; its ledger of operations says what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order_id = models.UUIDField(unique=True)
    amount = models.PositiveBigIntegerField(help_text="Minor units.")
    currency = models.CharField(max_length=3)
    payment_method = models.CharField(max_length=120, help_text="The gateway's opaque token.")
    gateway = models.CharField(
        max_length=40,
        default=gateway_of_new_payments,
        db_default="sandbox",
        help_text="Where it was made; everything later about it is asked there.",
    )
    given_up = models.BooleanField(
        default=False,
        help_text="All of it is to go back: what succeeds late is refunded or voided.",
    )
    needs_attention = models.BooleanField(default=False)
    attention_passes = models.BooleanField(
        default=False,
        db_default=False,
        help_text="It is over once the ledger is in order; else a human says that it is.",
    )
    attention_reason = models.CharField(max_length=200, blank=True)
    looked_after_at = models.DateTimeField(
        null=True, help_text="When a human last said that it needs attention no more."
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        permissions: ClassVar = [
            ("look_after_payment", "Can say that a payment needs attention no more"),
            ("enter_hand_refund", "Can enter what was given back outside of the gateway"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], name="payments_payment_attention", condition=Q(needs_attention=True)
            ),
        ]

    def __str__(self) -> str:
        return f"payment of order {self.order_id}"
