"""The tables of the same books that this project keeps: the same facts, the same questions.

What a message needs is not among them: no share of an order in a total, which only says what was
counted before, and no sequences.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tests.benchmarks.monolith.models.shop import Order, Payment


class PaymentOperation(models.Model):
    """A line of the ledger: one thing asked of the gateway, and its answer."""

    objects: ClassVar[models.Manager["PaymentOperation"]]

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=9)
    sequence = models.PositiveSmallIntegerField()
    idempotency_key = models.CharField(max_length=80, unique=True)
    amount = models.PositiveBigIntegerField()
    outcome = models.CharField(max_length=9)
    decline_code = models.CharField(max_length=60, blank=True)
    gateway_reference = models.CharField(max_length=120, blank=True)
    concluded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["payment", "kind", "sequence"], name="monolith_operation_sequence"
            )
        ]

    def __str__(self) -> str:
        return self.idempotency_key


class Reservation(models.Model):
    """Units of one SKU that an order holds."""

    objects: ClassVar[models.Manager["Reservation"]]

    order = models.ForeignKey(Order, on_delete=models.PROTECT, db_index=False)
    sku = models.CharField(max_length=40)
    quantity = models.PositiveIntegerField()
    status = models.CharField(max_length=9)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "sku"], name="monolith_one_reservation")
        ]
        indexes: ClassVar = [
            models.Index(fields=["sku"], name="monolith_live_by_sku", condition=Q(status="held"))
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}: {self.status}"


class StockMovement(models.Model):
    """One change of a stock item, with its reason."""

    objects: ClassVar[models.Manager["StockMovement"]]

    order = models.ForeignKey(Order, on_delete=models.PROTECT)
    sku = models.CharField(max_length=40, db_index=True)
    kind = models.CharField(max_length=11)
    change = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    moved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.sku} {self.kind} {self.change:+}"


class OrderHistory(models.Model):
    """What moved an order, and where to."""

    objects: ClassVar[models.Manager["OrderHistory"]]

    order = models.ForeignKey(Order, on_delete=models.PROTECT)
    cause = models.CharField(max_length=60)
    status = models.CharField(max_length=17)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.cause}: {self.status}"


class OrderDetail(models.Model):
    """One order with all that a page about it shows."""

    objects: ClassVar[models.Manager["OrderDetail"]]

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True)
    customer_id = models.BigIntegerField()
    customer_name = models.CharField(max_length=200)
    item_count = models.PositiveIntegerField()
    amount = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10)
    reason_code = models.CharField(max_length=30, blank=True)
    payment_status = models.CharField(max_length=15)
    stock_status = models.CharField(max_length=10)
    placed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    lines = models.JSONField()
    timeline = models.JSONField()

    def __str__(self) -> str:
        return f"{self.pk}: {self.status}"


class MoneyAtRisk(models.Model):
    """The money of one order that is neither the shop's for good nor back with the customer."""

    objects: ClassVar[models.Manager["MoneyAtRisk"]]

    order = models.OneToOneField(Order, on_delete=models.CASCADE, primary_key=True)
    currency = models.CharField(max_length=3)
    captured = models.PositiveBigIntegerField()
    is_confirmed = models.BooleanField()
    amount = models.PositiveBigIntegerField(default=0)
    since = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["since", "order"],
                name="monolith_money_at_risk",
                condition=Q(amount__gt=0),
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.amount}"


class CustomerStatistics(models.Model):
    """What a customer has ordered in one currency."""

    objects: ClassVar[models.Manager["CustomerStatistics"]]

    customer_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    orders = models.BigIntegerField(default=0)
    standing = models.BigIntegerField(default=0)
    cancelled = models.BigIntegerField(default=0)
    amount = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer_id", "currency"], name="monolith_customer_currency"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.orders} orders"


class DailySales(models.Model):
    """What of a product was sold on a day."""

    objects: ClassVar[models.Manager["DailySales"]]

    day = models.DateField()
    sku = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    orders = models.BigIntegerField(default=0)
    units = models.BigIntegerField(default=0)
    amount = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["day", "sku", "currency"], name="monolith_sales_of_a_day"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["sku", "day"], name="monolith_sales_sku")]

    def __str__(self) -> str:
        return f"{self.day} {self.sku}: {self.units}"


class StockLevel(models.Model):
    """Units of one SKU that orders hold."""

    objects: ClassVar[models.Manager["StockLevel"]]

    sku = models.CharField(primary_key=True, max_length=40)
    reserved = models.BigIntegerField(default=0)
    bookings = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.sku}: {self.reserved}"
