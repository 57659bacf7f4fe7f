"""Read models: tables that projections keep, one per question that clients ask."""

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.utils import timezone


class OrderSummary(models.Model):
    """One order as a customer's dashboard and the staff's search show it."""

    order_id = models.UUIDField(primary_key=True)
    customer_id = models.UUIDField()
    customer_name = models.CharField(max_length=200)
    item_count = models.PositiveIntegerField(help_text="Units, all lines together.")
    amount = models.PositiveBigIntegerField(help_text="Total in minor units.")
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10)
    reason_code = models.CharField(max_length=30, blank=True)
    backorder_of = models.UUIDField(null=True, help_text="The order that lacked these goods.")
    placed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    sequence = models.IntegerField(
        default=0, help_text="The last message of its conversation that this row has taken in."
    )

    class Meta:
        verbose_name_plural = "order summaries"
        indexes: ClassVar = [
            models.Index(
                fields=["customer_id", "-placed_at", "-order_id"],
                name="readmodels_summary_customer",
            ),
            models.Index(fields=["-placed_at", "-order_id"], name="readmodels_summary_placed"),
            models.Index(
                fields=["status", "-placed_at", "-order_id"], name="readmodels_summary_status"
            ),
            models.Index(fields=["amount", "order_id"], name="readmodels_summary_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.status}"


class LagAlarm(models.Model):
    """A read model of which operators were told that it is too far behind, until it is not."""

    name = models.CharField(primary_key=True, max_length=40)
    raised_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.name} since {self.raised_at}"


class Rebuild(models.Model):
    """A read model's rebuild: how far it has come, until its tables replace the live ones."""

    name = models.CharField(primary_key=True, max_length=40)
    position = models.UUIDField(default=UUID(int=0), help_text="The last conversation replayed.")
    replayed = models.BigIntegerField(default=0, help_text="Conversations.")
    started_at = models.DateTimeField(default=timezone.now)
    swapped_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"rebuild of {self.name}"
