"""The payment of an order."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from outbox.kit.rows.lean import LeanModel
from payments.gateways.results import LONGEST_REFERENCE


def gateway_of_new_payments() -> str:
    """Return the name of the gateway in the settings."""
    return str(settings.PAYMENT_GATEWAY)


class Payment(LeanModel):
    """The payment of one order; its operations are the ledger."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order_id = models.UUIDField(unique=True)
    amount = models.PositiveBigIntegerField(help_text="Minor units.")
    currency = models.CharField(max_length=3)
    payment_method = models.CharField(max_length=120, help_text="The gateway's opaque token.")
    gateway = models.CharField(
        max_length=40,
        default=gateway_of_new_payments,
        db_default="sandbox",
        help_text="Where it was made; all its later operations are requested there.",
    )
    keeps_method = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The payment method is saved for what is charged later.",
    )
    method_of = models.UUIDField(
        null=True, help_text="The order with whose payment the method was saved."
    )
    saved_for = models.CharField(
        max_length=LONGEST_REFERENCE,
        blank=True,
        default="",
        db_default="",
        help_text="The gateway's name for the customer for whom the method is saved.",
    )
    given_up = models.BooleanField(
        default=False,
        help_text="All of it is to be refunded or voided, even what succeeds late.",
    )
    needs_attention = models.BooleanField(default=False)
    attention_passes = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The flag is cleared once the ledger is in order; else a human clears it.",
    )
    attention_reason = models.CharField(max_length=200, blank=True)
    looked_after_at = models.DateTimeField(
        null=True, help_text="When a human last cleared the flag."
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        permissions: ClassVar = [
            ("look_after_payment", "Can clear the attention flag of a payment"),
            ("enter_hand_refund", "Can enter hand refunds"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], name="payments_payment_attention", condition=Q(needs_attention=True)
            ),
        ]

    def __str__(self) -> str:
        return f"payment of order {self.order_id}"
