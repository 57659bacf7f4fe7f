"""Shipments: units of an order's lines that leave together."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from orders.models.lines import OrderLine
from orders.models.orders import Order
from outbox.kit.texts import LONGEST_REASON

LONGEST_CARRIER, LONGEST_TRACKING = 60, 120


class ShipmentStatus(models.TextChoices):
    PACKED = "packed"
    DISPATCHING = "dispatching"
    DISPATCHED = "dispatched"
    UNPACKED = "unpacked"
    HELD_BACK = "held_back", "held back"


GONE = (ShipmentStatus.DISPATCHING, ShipmentStatus.DISPATCHED)
"""Statuses of shipments that have left, or are about to."""


class Shipment(models.Model):
    """Units of an order that leave together: packed, dispatching, dispatched; or unpacked again.

    One whose amount could not be captured is held back for good: its units are packed anew.

    ``amount`` is what its units are worth, set when its dispatch begins.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    status = models.CharField(max_length=11, choices=ShipmentStatus, default=ShipmentStatus.PACKED)
    amount = models.PositiveBigIntegerField(default=0, help_text="Minor units.")
    carrier = models.CharField(max_length=LONGEST_CARRIER, blank=True)
    tracking = models.CharField(
        max_length=LONGEST_TRACKING, blank=True, help_text="The carrier's number of it."
    )
    reference = models.CharField(  # noqa: DJ001 - unique where there is one
        max_length=80,
        null=True,
        unique=True,
        help_text="The caller's own number; a shipment with it is packed once.",
    )
    packed_by = models.CharField(max_length=150, help_text="The packer's name at that time.")
    packed_at = models.DateTimeField(default=timezone.now)
    dispatched_by = models.CharField(
        max_length=150, blank=True, help_text="Who had it dispatched; the name at that time."
    )
    dispatch_requested_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    held_back = models.CharField(
        max_length=LONGEST_REASON, blank=True, help_text="Why its dispatch was given up."
    )

    class Meta:
        permissions: ClassVar = [("ship_order", "Can pack and dispatch shipments")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status="dispatching"),
                name="orders_one_dispatch_under_way",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ShipmentStatus.values), name="orders_shipment_status"
            ),
            models.CheckConstraint(
                condition=Q(status="dispatched", dispatched_at__isnull=False)
                | ~Q(status="dispatched") & Q(dispatched_at__isnull=True),
                name="orders_shipment_dispatched",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                name="orders_shipment_to_dispatch",
                condition=Q(status__in=("packed", "dispatching")),
            ),
        ]

    def __str__(self) -> str:
        return f"shipment {self.id}"


class ShipmentLine(models.Model):
    """Units of a line in a shipment."""

    shipment = models.ForeignKey(
        Shipment, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.PositiveIntegerField()

    class Meta:
        verbose_name = "line"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shipment", "line"], name="orders_one_shipment_line_per_line"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orders_shipment_line_units"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.line.sku}"
