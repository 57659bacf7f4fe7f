"""Orders."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q, Value
from uuid_utils.compat import uuid7

from orders.models.customers import Customer
from orders.models.numbers import LENGTH, new_number
from orders.models.statuses import LEGAL_MOVES, IllegalMove, OrderStatus, ReasonCode
from outbox.kit.rows.lean import LeanModel

NUMBER_TAKEN: Final = "orders_order_number"
"""The constraint that another order's number breaks."""


class Order(LeanModel):
    """One order. Its status moves only along ``LEGAL_MOVES``."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    reference = models.CharField(  # noqa: DJ001 - unique where there is one
        max_length=80,
        null=True,
        blank=True,
        help_text="The caller's own number of this order.",
    )
    number = models.CharField(
        max_length=LENGTH,
        default=new_number,
        db_default="",
        editable=False,
        help_text="What people call the order.",
    )
    flow = models.CharField(max_length=30)
    partial = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Sent in parts: missing goods become an order of their own, a backorder.",
    )
    backorder_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="backorders",
        db_index=False,
        help_text="The order that lacked these goods.",
    )
    missing = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        blank=True,
        help_text="Lines without goods: a backorder once this part is paid for.",
    )
    missing_adjustments = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        blank=True,
        help_text="Adjustments of the lines without goods.",
    )
    uses_vouchers = models.BooleanField(
        default=False,
        db_default=False,
        help_text="It has rows of vouchers, which are given back when nothing of it stands.",
    )
    payment_method = models.CharField(
        max_length=120,
        blank=True,
        db_default="",
        help_text="The gateway's token, kept while some of the order waits for goods.",
    )
    status = models.CharField(max_length=10, choices=OrderStatus, default=OrderStatus.PENDING)
    reason_code = models.CharField(max_length=30, blank=True, choices=ReasonCode)
    amount = models.PositiveBigIntegerField(
        help_text="What the customer pays: lines and adjustments, in minor units."
    )
    returned_amount = models.PositiveBigIntegerField(
        default=0,
        db_default=0,
        help_text="The amount of all returns, open ones included, in minor units.",
    )
    currency = models.CharField(max_length=3)
    country = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text="The customer's country when the order was placed.",
    )
    language = models.CharField(
        max_length=10,
        blank=True,
        default="",
        db_default="",
        help_text="Of letters about it: the customer's when the order was placed.",
    )
    placed_at = models.DateTimeField()
    waited_until = models.DateTimeField(
        null=True, help_text="When a partial order's goods were held for it."
    )
    confirmed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True, help_text="When its first shipment left.")
    fulfilled_at = models.DateTimeField(
        null=True, help_text="When all had left that would be sent."
    )
    cancelled_at = models.DateTimeField(null=True)
    payment_until = models.DateTimeField(
        null=True, help_text="By when the customer or the bank has to settle the payment."
    )
    needs_attention = models.BooleanField(default=False)
    attention_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["status"],
                name="orders_order_under_way",
                condition=Q(status__in=("waiting", "pending", "cancelling")),
            ),
            models.Index(
                fields=["id"], name="orders_order_attention", condition=Q(needs_attention=True)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], name=NUMBER_TAKEN, condition=~Q(number="")),
            models.UniqueConstraint(
                fields=["reference"],
                name="orders_order_reference",
                condition=Q(reference__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["backorder_of"],
                condition=Q(backorder_of__isnull=False),
                name="orders_one_backorder_per_order",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OrderStatus.values), name="orders_order_status"
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled") & ~Q(reason_code="") | ~Q(status="cancelled"),
                name="orders_order_cancelled_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(fulfilled_at__isnull=True, sent_at__isnull=True)
                | ~Q(status__in=(OrderStatus.CANCELLING, OrderStatus.CANCELLED)),
                name="orders_what_has_left_is_not_cancelled",
            ),
            models.CheckConstraint(
                condition=Q(returned_amount__lte=F("amount")), name="orders_order_returned"
            ),
        ]

    def __str__(self) -> str:
        return self.number or str(self.id)

    @property
    def was_placed(self) -> bool:
        """Whether the order does not, or no longer, wait for goods."""
        return not self.partial or self.waited_until is not None

    def move_to(self, status: OrderStatus) -> None:
        """Change the status.

        :raises IllegalMove: ``LEGAL_MOVES`` does not allow it.
        """
        if status not in LEGAL_MOVES[self.status]:
            raise IllegalMove(f"order {self.id} is {self.status}: it cannot become {status}")
        self.status = status
