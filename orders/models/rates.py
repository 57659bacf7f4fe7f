"""What shipping costs and which tax is due, by country: tables that staff keep."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from outbox.kit.money import money

ELSEWHERE = ""
"""The country of a row for all countries without a row of their own."""


class ShippingRate(models.Model):
    """What shipping an order to a country costs, in one currency."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    country = models.CharField(
        max_length=60, blank=True, help_text="As orders name it; empty: all other countries."
    )
    currency = models.CharField(max_length=3, help_text="ISO 4217.")
    amount = models.PositiveBigIntegerField(help_text="Minor units.")
    free_from = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        help_text="Minor units of goods from which shipping is free; empty: never.",
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["country", "currency"], name="orders_one_shipping_rate")
        ]

    def __str__(self) -> str:
        return f"{self.country or 'elsewhere'}: {money(self.amount, self.currency)}"


class TaxRate(models.Model):
    """The tax on a category of products in a country."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    country = models.CharField(
        max_length=60, blank=True, help_text="As orders name it; empty: all other countries."
    )
    category = models.CharField(
        max_length=60,
        blank=True,
        help_text="Of products, or `shipping`; empty: all other categories.",
    )
    percent = models.DecimalField(max_digits=6, decimal_places=3)
    jurisdiction = models.CharField(max_length=60, help_text="Whose tax it is.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["country", "category"], name="orders_one_tax_rate"),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100), name="orders_tax_percent"
            ),
        ]

    def __str__(self) -> str:
        what = self.category or "everything else"
        return f"{self.country or 'elsewhere'}, {what}: {self.percent.normalize():f} %"
