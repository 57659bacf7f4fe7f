"""Adjustments of orders: what is added to the lines, and what is taken off."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from orders.models.orders import Order
from outbox.kit.rows.lean import LeanModel


class AdjustmentKind(models.TextChoices):
    DISCOUNT = "discount"
    VOUCHER = "voucher"
    SHIPPING = "shipping"
    TAX = "tax"


class Adjustment(LeanModel):
    """An amount that an order costs beside its lines, or less; it never changes.

    One that is ``included`` is part of the prices already: it is shown, and not added.
    """

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="adjustments", db_index=False
    )
    number = models.PositiveIntegerField(help_text="Number in the order, from 1.")
    kind = models.CharField(max_length=8, choices=AdjustmentKind)
    line = models.PositiveIntegerField(
        null=True, help_text="Number of the line that it is about; null: the whole order."
    )
    amount = models.BigIntegerField(help_text="Minor units; negative if it is taken off.")
    included = models.BooleanField(
        default=False, db_default=False, help_text="Part of the prices already, so not added."
    )
    reason = models.CharField(max_length=200, help_text="Such as the code of a voucher.")
    rate = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, help_text="Of a tax, in per cent."
    )
    jurisdiction = models.CharField(
        max_length=60, blank=True, default="", help_text="Whose tax it is."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "number"], name="orders_adjustment_number"),
            models.CheckConstraint(
                condition=Q(kind__in=AdjustmentKind.values), name="orders_adjustment_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind="tax", rate__isnull=False, amount__gte=0) & ~Q(jurisdiction="")
                | ~Q(kind="tax") & Q(rate__isnull=True, included=False),
                name="orders_adjustment_tax",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reason}"

    @property
    def added(self) -> int:
        """What the adjustment adds to the order's amount, in minor units."""
        return 0 if self.included else self.amount
