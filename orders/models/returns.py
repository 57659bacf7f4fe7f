"""Returns of orders, and proposed refunds that need a second person."""

from collections.abc import Mapping
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.utils import timezone
from uuid_utils.compat import uuid7

from orders.models.orders import Order
from outbox.kit.money import money
from outbox.kit.texts import LONGEST_REASON


class ReturnStatus(models.TextChoices):
    EXPECTED = "expected"
    UNDER_WAY = "under_way", "under way"
    COMPLETED = "completed"
    GIVEN_UP = "given_up", "given up"


IN_STATUS: Final[Mapping[str, Q]] = {
    ReturnStatus.EXPECTED: Q(
        expected_until__isnull=False, received_at__isnull=True, given_up_at__isnull=True
    ),
    ReturnStatus.UNDER_WAY: Q(completed_at__isnull=True)
    & (Q(expected_until__isnull=True) | Q(received_at__isnull=False)),
    ReturnStatus.COMPLETED: Q(completed_at__isnull=False),
    ReturnStatus.GIVEN_UP: Q(given_up_at__isnull=False),
}
"""What the returns of each status have in common; every return is in one of them."""


class OrderReturn(models.Model):
    """A refund of some of an order, with or without its goods.

    One that waits for its goods is ``expected``; it has neither lines nor an amount before it is
    received.
    """

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
    expected_lines = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        help_text="What is expected: number, SKU and units of each line.",
    )
    expected_amount = models.PositiveBigIntegerField(
        default=0,
        db_default=0,
        help_text="What that was worth then, in minor units.",
    )
    expected_until = models.DateTimeField(
        null=True, help_text="By when its goods have to come; null if it waits for none."
    )
    received_at = models.DateTimeField(null=True)
    received_by = models.CharField(
        max_length=150, blank=True, db_default="", help_text="Who did; the name at that time."
    )
    written_off = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        help_text="Units of its lines that are not for sale again.",
    )
    given_up_at = models.DateTimeField(null=True)
    given_up_because = models.CharField(max_length=LONGEST_REASON, blank=True, db_default="")
    completed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "return"
        permissions: ClassVar = [("receive_return", "Can receive the goods of returns")]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                name="orders_return_expected",
                condition=IN_STATUS[ReturnStatus.EXPECTED],
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order"],
                condition=IN_STATUS[ReturnStatus.UNDER_WAY],
                name="orders_one_return_settled_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(given_up_at__isnull=True)
                | Q(expected_until__isnull=False, received_at__isnull=True, amount=0),
                name="orders_return_given_up_without_goods",
            ),
        ]

    def __str__(self) -> str:
        amount = self.amount or self.expected_amount
        return f"return of {money(amount, self.order.currency)} of order {self.order_id}"

    @property
    def status(self) -> ReturnStatus:
        """How far it is."""
        if self.completed_at:
            return ReturnStatus.COMPLETED
        if self.given_up_at:
            return ReturnStatus.GIVEN_UP
        is_expected = self.expected_until and not self.received_at
        return ReturnStatus.EXPECTED if is_expected else ReturnStatus.UNDER_WAY


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
