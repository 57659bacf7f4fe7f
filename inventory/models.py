"""Stock items, reservations, and the movements that explain them."""

from typing import ClassVar, Self
from uuid import UUID

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from outbox.kit.rows.lean import LeanModel
from outbox.kit.texts import LONGEST_REASON

LONGEST_SKU = 40


class StockRefused(Exception):
    """A change of stock would leave fewer units than orders hold."""


class StockItem(LeanModel):
    """Units of one SKU: all that are on hand, and how many of them orders hold."""

    sku = models.CharField(primary_key=True, max_length=LONGEST_SKU)
    on_hand = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0, help_text="Counts the changes of this row.")

    class Meta:
        permissions: ClassVar = [
            ("receive_stock", "Can receive stock"),
            ("adjust_stock", "Can adjust stock"),
            ("write_off_stock", "Can write off stock"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(on_hand__gte=0) & Q(reserved__gte=0) & Q(reserved__lte=F("on_hand")),
                name="inventory_stock_never_oversold",
            ),
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def available(self) -> int:
        """Units that no order holds."""
        return self.on_hand - self.reserved


class ReservationStatus(models.TextChoices):
    WANTED = "wanted"
    WAITING = "waiting"
    HELD = "held"
    COMMITTED = "committed"
    CONSUMED = "consumed"
    RELEASED = "released"
    REFUSED = "refused"
    EXPIRED = "expired"


LIVE = (ReservationStatus.HELD, ReservationStatus.COMMITTED)
OWN = (ReservationStatus.COMMITTED, ReservationStatus.CONSUMED)

ASKED_FOR = (ReservationStatus.WANTED, ReservationStatus.WAITING)
"""No units are reserved for these yet: for the former when the order is paid, for the latter when
goods arrive."""


class Reservation(LeanModel):
    """Units of one SKU that an order wants, holds or held.

    A row of quantity 0 without a SKU is a tombstone: the order was refused, or released before
    anything was reserved. Commands that come late or twice get the same answer.
    """

    order_id = models.UUIDField()
    sku = models.CharField(max_length=LONGEST_SKU, blank=True)
    quantity = models.PositiveIntegerField()
    sent = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Units of it that have left; all, once it is consumed."
    )
    status = models.CharField(max_length=9, choices=ReservationStatus)
    expires_at = models.DateTimeField(null=True, help_text="When a hold expires.")
    customer_id = models.UUIDField(null=True, help_text="The customer whose hold it is.")
    payment_unknown = models.BooleanField(
        default=False, help_text="The gateway owes an answer: the hold does not expire."
    )
    created_at = models.DateTimeField(
        default=timezone.now, help_text="For a waiting reservation, when its order was placed."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order_id", "sku"], name="inventory_one_reservation_per_order_and_sku"
            ),
            models.CheckConstraint(
                condition=Q(status__in=ReservationStatus.values),
                name="inventory_reservation_status",
            ),
            models.CheckConstraint(
                condition=Q(sent=0)
                | Q(status="committed", sent__lte=F("quantity"))
                | Q(status="consumed", sent=F("quantity")),
                name="inventory_reservation_sent",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["sku"], name="inventory_live_by_sku", condition=Q(status__in=LIVE)
            ),
            models.Index(
                fields=["customer_id"],
                name="inventory_hold_by_customer",
                condition=Q(status="held"),
            ),
            models.Index(
                fields=["expires_at"],
                name="inventory_hold_by_expiry",
                condition=Q(status="held", payment_unknown=False),
            ),
            models.Index(
                fields=["sku"], name="inventory_waiting_by_sku", condition=Q(status="waiting")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku} for {self.order_id}: {self.status}"

    @classmethod
    def tombstone(cls, order_id: UUID, status: ReservationStatus) -> Self:
        """Make the row that bars an order, which was refused or released."""
        return cls(order_id=order_id, quantity=0, status=status)


class MovementKind(models.TextChoices):
    RECEIVED = "received"
    ADJUSTED = "adjusted"
    WRITTEN_OFF = "written_off", "written off"
    RESERVED = "reserved"
    RELEASED = "released"
    CONSUMED = "consumed"
    RESTOCKED = "restocked"


ADDS_UP = (
    Q(kind__in=("received", "restocked"), on_hand_change__gte=0, reserved_change=0)
    | Q(kind="adjusted", reserved_change=0)
    | Q(kind="written_off", on_hand_change__lte=0, reserved_change=0)
    | Q(kind="reserved", on_hand_change=0, reserved_change__gt=0)
    | Q(kind="released", on_hand_change=0, reserved_change__lt=0)
    | Q(kind="consumed", on_hand_change__lt=0, reserved_change=F("on_hand_change"))
)
"""Which of the two sums each kind of movement changes, and in which direction."""


class StockMovement(LeanModel):
    """One change of a stock item, with its reason. Append-only, also by a trigger."""

    sku = models.CharField(max_length=LONGEST_SKU)
    kind = models.CharField(max_length=11, choices=MovementKind)
    on_hand_change = models.BigIntegerField(default=0)
    reserved_change = models.BigIntegerField(default=0)
    order_id = models.UUIDField(null=True, db_index=True)
    reason = models.CharField(max_length=LONGEST_REASON)
    reference = models.CharField(  # noqa: DJ001 - unique where there is one
        max_length=120,
        null=True,
        help_text="The caller's own number; a movement with it is booked once.",
    )
    moved_at = models.DateTimeField(default=timezone.now)
    conversation = models.UUIDField(
        default=uuid7,
        db_default=RandomUUID(),
        db_index=True,
        help_text="The conversation that announced it, one per booking.",
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["sku"], name="inventory_movement_by_sku")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reference"],
                name="inventory_movement_reference",
                condition=Q(reference__isnull=False),
            ),
            models.CheckConstraint(condition=ADDS_UP, name="inventory_movement_adds_up"),
            models.CheckConstraint(condition=~Q(reason=""), name="inventory_movement_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.kind} {self.on_hand_change:+}/{self.reserved_change:+}"
