"""Lines of orders."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from orders.models.orders import Order
from outbox.kit.rows.lean import LeanModel


class OrderLine(LeanModel):
    """A product in an order, at the agreed price: ``amount = quantity * unit_price - discount``."""

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
    returned = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Units in returns, open ones included."
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
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"

    def worth_of(self, units: int) -> int:
        """Return the amount of further units; all units together have the line's amount.

        :param units: besides those returned before.
        """
        before = self.amount * self.returned // self.quantity
        return self.amount * (self.returned + units) // self.quantity - before
