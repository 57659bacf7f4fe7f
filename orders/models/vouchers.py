"""Vouchers, and which orders use them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from uuid_utils.compat import uuid7

from orders.models.customers import Customer
from orders.models.orders import Order
from outbox.kit.rows.lean import LeanModel


class Voucher(models.Model):
    """Takes a percentage or an amount off the goods of an order, within its limits."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=40, unique=True, help_text="In capitals; case is ignored.")
    percent = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    amount = models.PositiveBigIntegerField(null=True, help_text="Minor units.")
    currency = models.CharField(
        max_length=3, blank=True, help_text="ISO 4217; empty: any, for a percentage."
    )
    minimum = models.PositiveBigIntegerField(
        default=0, help_text="What the goods have to cost, in minor units."
    )
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, help_text="Empty: for ever.")
    limit = models.PositiveIntegerField(null=True, help_text="Orders in all; empty: any number.")
    limit_per_customer = models.PositiveIntegerField(
        null=True, help_text="Orders of one customer; empty: any number."
    )
    used = models.PositiveIntegerField(
        default=0, help_text="Orders that use it, without cancelled ones."
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100, amount__isnull=True)
                | Q(percent__isnull=True, amount__gt=0) & ~Q(currency=""),
                name="orders_voucher_value",
            ),
            models.CheckConstraint(
                condition=Q(minimum=0) | ~Q(currency=""), name="orders_voucher_minimum"
            ),
            models.CheckConstraint(
                condition=Q(limit__isnull=True) | Q(used__lte=F("limit")),
                name="orders_voucher_limit",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class VoucherHolder(models.Model):
    """How many orders of a customer use a voucher, without those that gave it back."""

    voucher = models.ForeignKey(
        Voucher, on_delete=models.PROTECT, related_name="holders", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    used = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["voucher", "customer"], name="orders_voucher_holder")
        ]

    def __str__(self) -> str:
        return f"{self.voucher}: {self.used}"


class VoucherUse(LeanModel):
    """An order that uses a voucher; given back when it and all its backorders are cancelled."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="uses")
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="voucher_uses", db_index=False
    )
    given_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "voucher"], name="orders_voucher_use")
        ]

    def __str__(self) -> str:
        return f"{self.voucher} for order {self.order_id}"
