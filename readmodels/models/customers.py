"""Customer statistics, and the share of each order in them."""

from typing import ClassVar

from django.db import models

from outbox.kit.rows.lean import LeanModel
from readmodels.models.folded import Folded


class CustomerOrder(Folded):
    """The share of one order in its customer's statistics."""

    order_id = models.UUIDField(primary_key=True)
    customer_id = models.UUIDField(null=True)
    currency = models.CharField(max_length=3, default="")
    amount = models.PositiveBigIntegerField(default=0)
    stands = models.BooleanField(default=False)
    is_cancelled = models.BooleanField(default=False)
    returns = models.JSONField(default=dict, help_text="Amounts by return.")

    def __str__(self) -> str:
        return f"share of order {self.order_id}"


class CustomerStatistics(LeanModel):
    """The totals of one customer's orders in one currency. Amounts are minor units."""

    customer_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    orders = models.BigIntegerField(help_text="All that were placed.")
    standing = models.BigIntegerField(help_text="Confirmed, and not cancelled since.")
    cancelled = models.BigIntegerField()
    amount = models.BigIntegerField(help_text="Of those that stand.")
    returned_amount = models.BigIntegerField(help_text="What of it goes or went back.")

    class Meta:
        verbose_name_plural = "customer statistics"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer_id", "currency"], name="readmodels_customer_currency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.orders} orders"
