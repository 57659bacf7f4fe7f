"""Lines of orders."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from orders.models.orders import Order
from outbox.kit.rows.lean import LeanModel


class OrderLine(LeanModel):
    """A product in an order, at the agreed price: ``amount = quantity * unit_price - discount``.

    With its part of the order's adjustments this is what the customer pays for it (``payable``);
    the lines together have the order's amount.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines", db_index=False)
    number = models.PositiveIntegerField(help_text="Number in the order, from 1.")
    sku = models.CharField(max_length=40)
    name = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="The product's name when it was ordered.",
    )
    quantity = models.PositiveIntegerField()
    unit_price = models.PositiveBigIntegerField(help_text="Minor units.")
    discount = models.PositiveBigIntegerField(
        default=0, help_text="Minor units, off the whole line."
    )
    amount = models.PositiveBigIntegerField(help_text="Minor units.")
    adjustment = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text="Its part of the order's adjustments, in minor units; negative if taken off.",
    )
    packed = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Units in shipments, those that have left included."
    )
    sent = models.PositiveIntegerField(default=0, db_default=0, help_text="Units that have left.")
    returned = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Units in returns, open ones included."
    )
    returned_sent = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Those of them that had left before."
    )

    class Meta:
        verbose_name = "line"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "number"], name="orders_line_number"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0)
                & Q(amount=F("quantity") * F("unit_price") - F("discount")),
                name="orders_line_amount",
            ),
            models.CheckConstraint(
                condition=Q(returned__lte=F("quantity")), name="orders_line_returned"
            ),
            models.CheckConstraint(
                condition=Q(packed__lte=F("quantity") - F("returned") + F("returned_sent")),
                name="orders_line_packed",
            ),
            models.CheckConstraint(
                condition=Q(sent__lte=F("packed"))
                & Q(returned_sent__lte=F("sent"))
                & Q(returned_sent__lte=F("returned")),
                name="orders_line_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"

    @property
    def payable(self) -> int:
        """What the customer pays for all units, adjustments included, in minor units."""
        return self.amount + self.adjustment

    @property
    def given_up(self) -> int:
        """Units that were returned before they had left."""
        return self.returned - self.returned_sent

    @property
    def left_to_pack(self) -> int:
        """Units that are in no shipment and are not given up."""
        return self.quantity - self.packed - self.given_up

    @property
    def left_to_send(self) -> int:
        """Units that have not left and are not given up."""
        return self.quantity - self.sent - self.given_up

    @property
    def with_customer(self) -> int:
        """Units that have left and are in no return."""
        return self.sent - self.returned_sent

    def worth_of(self, units: int, *, before: int | None = None) -> int:
        """Return what the customer pays for further units, adjustments included.

        However the units are divided, one after the other they have what is payable for all.

        :param before: units that were counted already; by default those given up before they leave.
            These are counted from the front, those sent from the back.
        """
        counted = self.given_up if before is None else before
        payable, quantity = self.payable, self.quantity
        return payable * (counted + units) // quantity - payable * counted // quantity

    def worth_of_sent(self, units: int) -> int:
        """Return what the customer pays for further units that leave."""
        return self.worth_of(units, before=self.quantity - self.sent - units)

    def worth_of_returned(self, units: int) -> int:
        """Return what the customer pays for further units that are returned once they had left."""
        return self.worth_of(units, before=self.quantity - self.returned_sent - units)
