"""Quotes: prices that were promised for a while."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from orders.models.customers import Customer
from orders.models.orders import Order


class Quote(models.Model):
    """What an order costs a customer, whatever prices become: for a while, and for one order."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="quotes")
    country = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3)
    amount = models.PositiveBigIntegerField(help_text="Minor units.")
    lines = models.JSONField()
    adjustments = models.JSONField(default=list)
    vouchers = models.JSONField(default=dict, help_text="Ids of vouchers by code.")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    order = models.ForeignKey(
        Order,
        null=True,
        on_delete=models.PROTECT,
        related_name="quotes",
        db_index=False,
        help_text="The order that took it.",
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(order__isnull=False),
                name="orders_one_quote_per_order",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
