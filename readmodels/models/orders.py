"""Orders for lists and for detail pages."""

from typing import ClassVar

from django.db import models

from readmodels.models.folded import Folded


class OrderSummary(Folded):
    """One order in lists: a customer's dashboard, the staff's search."""

    order_id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=11, default="", db_default="")
    customer_id = models.UUIDField()
    item_count = models.PositiveIntegerField(help_text="Units, all lines together.")
    amount = models.PositiveBigIntegerField(help_text="Total in minor units.")
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10)
    reason_code = models.CharField(max_length=30, blank=True)
    backorder_of = models.UUIDField(null=True, help_text="The order that lacked these goods.")
    placed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

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
        return f"{self.number or self.order_id}: {self.status}"


class PaymentStatus(models.TextChoices):
    """The state of an order's payment."""

    UNPAID = "unpaid"
    AWAITING_CUSTOMER = "awaiting_customer", "awaiting customer"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    VOIDED = "voided"
    PARTLY_PAID = "partly_paid", "partly paid"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded", "partly refunded"
    REFUNDED = "refunded"


class StockStatus(models.TextChoices):
    """The state of an order's goods."""

    UNRESERVED = "unreserved"
    HELD = "held"
    RESERVED = "reserved"
    RELEASED = "released"
    PARTLY_SENT = "part_sent", "partly sent"
    SENT = "sent"


class OrderDetail(Folded):
    """One order with all its details; null or empty means that no event has set it yet."""

    order_id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=11, default="", db_default="")
    customer_id = models.UUIDField(null=True)
    country = models.CharField(max_length=60, default="")
    item_count = models.PositiveIntegerField(default=0, help_text="Units, all lines together.")
    amount = models.PositiveBigIntegerField(default=0, help_text="Total in minor units.")
    returned_amount = models.PositiveBigIntegerField(default=0, help_text="Minor units of it.")
    currency = models.CharField(max_length=3, default="")
    status = models.CharField(max_length=10, default="")
    reason_code = models.CharField(max_length=30, default="")
    payment_status = models.CharField(
        max_length=20,
        choices=PaymentStatus,
        default=PaymentStatus.UNPAID,
        db_default=PaymentStatus.UNPAID,
    )
    payment_until = models.DateTimeField(
        null=True, help_text="By when the customer or the bank has to settle the payment."
    )
    stock_status = models.CharField(
        max_length=10,
        choices=StockStatus,
        default=StockStatus.UNRESERVED,
        db_default=StockStatus.UNRESERVED,
    )
    backorder_of = models.UUIDField(null=True, help_text="The order that lacked these goods.")
    placed_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    fulfilled_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    lines = models.JSONField(default=list)
    adjustments = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), help_text="By number."
    )
    shipments = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), help_text="Those that left."
    )
    returns = models.JSONField(default=list)
    timeline = models.JSONField(default=list, help_text="What happened, oldest first.")

    def __str__(self) -> str:
        return f"{self.number or self.order_id}: {self.status}"
