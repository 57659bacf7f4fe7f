"""Daily sales, and the share of each order in them."""

from typing import ClassVar

from django.db import models

from outbox.kit.rows.lean import LeanModel
from readmodels.models.folded import Folded


class SoldOrder(Folded):
    """The share of one order in the daily sales."""

    order_id = models.UUIDField(primary_key=True)
    day = models.DateField(null=True)
    country = models.CharField(max_length=60, default="")
    currency = models.CharField(max_length=3, default="")
    stands = models.BooleanField(default=False)
    lines = models.JSONField(default=list, help_text="SKU, units and amount of each.")
    returns = models.JSONField(default=dict, help_text="Line numbers and units by return.")

    def __str__(self) -> str:
        return f"share of order {self.order_id}"


class DailySales(LeanModel):
    """Sales of a product to a country on a day (UTC): the lines of confirmed orders."""

    day = models.DateField(help_text="On which the orders were placed.")
    sku = models.CharField(max_length=40)
    country = models.CharField(max_length=60)
    currency = models.CharField(max_length=3)
    orders = models.BigIntegerField()
    units = models.BigIntegerField()
    amount = models.BigIntegerField(help_text="Minor units.")
    returned_units = models.BigIntegerField(help_text="Those of them that come or came back.")
    returned_amount = models.BigIntegerField(help_text="What those were sold for, in minor units.")

    class Meta:
        verbose_name_plural = "daily sales"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["day", "sku", "country", "currency"], name="readmodels_sales_of_a_day"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["sku", "day", "country", "currency"], name="readmodels_sales_sku"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.sku} {self.country}: {self.units}"
