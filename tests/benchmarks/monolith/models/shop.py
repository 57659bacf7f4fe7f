"""The tables that the one-transaction shop cannot do without.

The managers are annotated because mypy's plugin sees the project's own settings, which do not
install this app.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7


class Customer(models.Model):
    objects: ClassVar[models.Manager["Customer"]]

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What is for sale, at which price (minor units)."""

    objects: ClassVar[models.Manager["Product"]]

    sku = models.CharField(primary_key=True, max_length=40)
    unit_price = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)

    def __str__(self) -> str:
        return self.sku


class StockItem(models.Model):
    objects: ClassVar[models.Manager["StockItem"]]

    sku = models.CharField(primary_key=True, max_length=40)
    on_hand = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="monolith_never_oversold")
        ]

    def __str__(self) -> str:
        return self.sku


class Order(models.Model):
    objects: ClassVar[models.Manager["Order"]]

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    status = models.CharField(max_length=10, default="pending")
    reason_code = models.CharField(max_length=30, blank=True)
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    placed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class OrderLine(models.Model):
    objects: ClassVar[models.Manager["OrderLine"]]

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    sku = models.CharField(max_length=40)
    quantity = models.PositiveIntegerField()
    unit_price = models.PositiveBigIntegerField()
    amount = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount=F("quantity") * F("unit_price")), name="monolith_line_amount"
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"


class Payment(models.Model):
    objects: ClassVar[models.Manager["Payment"]]

    order = models.OneToOneField(Order, on_delete=models.PROTECT)
    idempotency_key = models.CharField(max_length=80, unique=True)
    amount = models.PositiveBigIntegerField()
    status = models.CharField(max_length=10)
    decline_code = models.CharField(max_length=60, blank=True)
    gateway_reference = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return self.idempotency_key


class OrderSummary(models.Model):
    """What the dashboard lists, with the indexes that its queries want."""

    objects: ClassVar[models.Manager["OrderSummary"]]

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True)
    customer_id = models.BigIntegerField()
    customer_name = models.CharField(max_length=200)
    item_count = models.PositiveIntegerField()
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10)
    reason_code = models.CharField(max_length=30, blank=True)
    placed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["customer_id", "-placed_at"]),
            models.Index(fields=["-placed_at"]),
            models.Index(fields=["status", "-placed_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.status}"
