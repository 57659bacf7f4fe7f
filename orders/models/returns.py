"""Returns of orders, and proposed refunds that need a second person."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from orders.models.orders import Order
from outbox.kit.money import money
from outbox.kit.texts import LONGEST_REASON


class OrderReturn(models.Model):
    """A refund of some of an order, with or without its goods."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="returns")
    amount = models.PositiveBigIntegerField(help_text="Minor units.")
    not_taken = models.PositiveBigIntegerField(
        default=0,
        db_default=0,
        help_text="The part of it that was only authorized, and is not captured.",
    )
    closes = models.BooleanField(
        default=False, db_default=False, help_text="Nothing more of the order is sent."
    )
    lines = models.JSONField(
        null=True,
        help_text="Number, SKU and units of each line; null if earlier code made it.",
    )
    reason = models.CharField(max_length=LONGEST_REASON, blank=True)
    reference = models.CharField(  # noqa: DJ001 - unique where there is one
        max_length=80,
        null=True,
        unique=True,
        help_text="The caller's own number; a return with it is made once.",
    )
    requested_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "return"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(completed_at__isnull=True),
                name="orders_one_return_under_way",
            ),
        ]

    def __str__(self) -> str:
        return f"return of {money(self.amount, self.order.currency)} of order {self.order_id}"


class ProposedAct(models.TextChoices):
    """Acts that refund money, or settle by hand what is owed."""

    REFUND = "refund"
    RETURN = "return"
    CANCELLATION = "cancellation"
    INTERVENTION = "intervention"
    HAND_REFUND = "hand_refund", "refund by hand"
    CLOSING = "closing"


class RefundProposal(models.Model):
    """A refund above the limit of one person, which a second person approves or refuses."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refund_proposals")
    amount = models.PositiveBigIntegerField(help_text="Minor units.")
    act = models.CharField(max_length=12, choices=ProposedAct, default=ProposedAct.REFUND)
    details = models.JSONField(default=dict, help_text="Further fields of the act.")
    reason = models.CharField(max_length=LONGEST_REASON)
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    proposed_by = models.CharField(max_length=150, help_text="The proposer's name at that time.")
    proposed_at = models.DateTimeField(default=timezone.now)
    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    decided_by = models.CharField(
        max_length=150, blank=True, help_text="The decider's name at that time."
    )
    decided_at = models.DateTimeField(null=True)
    approved = models.BooleanField(default=False)

    class Meta:
        permissions: ClassVar = [
            ("propose_refund", "Can give money back, up to the limit alone"),
            ("approve_refund", "Can approve or refuse a refund that another person proposed"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(decided_at__isnull=True),
                name="orders_one_open_refund_proposal",
            ),
            models.CheckConstraint(
                condition=~Q(decider=F("proposer")),
                name="orders_refund_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        act = ProposedAct(self.act).label.lower()
        return f"{act} of {money(self.amount, self.order.currency)} of order {self.order_id}"
