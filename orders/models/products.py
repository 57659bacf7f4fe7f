"""Products."""

from django.db import models


class Product(models.Model):
    """A product and its list price in minor units."""

    sku = models.CharField(primary_key=True, max_length=40)
    name = models.CharField(max_length=200)
    unit_price = models.PositiveBigIntegerField(help_text="Minor units.")
    currency = models.CharField(max_length=3)
    for_sale = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"
