"""Receive, adjust and write off stock, one transaction each.

The use cases of staff also record an operator's act.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from inventory.bookings import book
from inventory.models import MovementKind, StockItem, StockMovement, StockRefused
from inventory.services import wake_after_commit
from inventory.stock import lock_items
from outbox.acts import record_act
from outbox.kit.rows import bulk
from outbox.kit.skus import NoSku, require_sku


class NotStocked(StockRefused):
    """This SKU was never received: check its spelling, or receive it first."""


@dataclass(frozen=True, slots=True)
class StockChange:
    """Goods received, adjusted or written off.

    :ivar units: positive or negative.
    :ivar reference: the caller's own number; a change with a known one is not booked again.
    """

    sku: str
    units: int
    kind: MovementKind
    reason: str
    reference: str | None = None


@transaction.atomic
def change_stock(changes: Sequence[StockChange]) -> int:
    """Change what is on hand, by all of the changes or none; return how many were new.

    :raises StockRefused: fewer units would be left than orders hold.
    """
    skus = sorted({change.sku for change in changes})
    StockItem.objects.bulk_create((StockItem(sku=sku) for sku in skus), ignore_conflicts=True)
    items = lock_items(skus)
    references = [change.reference for change in changes if change.reference]
    known = StockMovement.objects.filter(reference__in=references)
    booked = set(known.values_list("reference", flat=True))
    new = [change for change in changes if change.reference not in booked]
    wake_after_commit()
    for change in new:
        item = items[change.sku]
        if item.available + change.units < 0:
            raise StockRefused(f"{item}: {item.available} available, {-change.units} are to go")
        item.on_hand += change.units
        item.version += 1
    bulk.update(items.values(), ["on_hand", "version"])
    book(
        StockMovement(
            sku=change.sku,
            kind=change.kind,
            on_hand_change=change.units,
            reason=change.reason,
            reference=change.reference,
        )
        for change in new
    )
    return len(new)


def receive(*, sku: str, units: int, reason: str, actor: str) -> StockItem:
    """Add received units; the SKU may be new.

    :raises StockRefused: ``units`` is less than 1, or this cannot be a SKU.
    :raises ReasonMissing: the reason is empty.
    """
    _require_units(sku, units)
    _require_name(sku)
    return _by_staff("receive", StockChange(sku, units, MovementKind.RECEIVED, reason), actor)


def adjust(*, sku: str, units: int, reason: str, actor: str) -> StockItem:
    """Correct what is on hand by a positive or negative number of units, as after counting.

    :raises NotStocked: the SKU was never received.
    :raises StockRefused: ``units`` is 0, or fewer units would be left than orders hold.
    :raises ReasonMissing: the reason is empty.
    """
    if not units:
        raise StockRefused(f"{sku}: an adjustment needs units, positive or negative")
    _require_stocked(sku)
    return _by_staff("adjust", StockChange(sku, units, MovementKind.ADJUSTED, reason), actor)


def write_off(*, sku: str, units: int, reason: str, actor: str) -> StockItem:
    """Remove units that are broken, lost or stolen.

    :raises NotStocked: the SKU was never received.
    :raises StockRefused: ``units`` is less than 1, or fewer units would be left than orders hold.
    :raises ReasonMissing: the reason is empty.
    """
    _require_units(sku, units)
    _require_stocked(sku)
    return _by_staff("write off", StockChange(sku, -units, MovementKind.WRITTEN_OFF, reason), actor)


@transaction.atomic
def _by_staff(verb: str, change: StockChange, actor: str) -> StockItem:
    record_act(
        actor=actor,
        verb=f"{verb} stock",
        subject=change.sku,
        reason=change.reason,
        details={"units": change.units},
    )
    change_stock([change])
    return StockItem.objects.get(pk=change.sku)


def _require_units(sku: str, units: int) -> None:
    if units < 1:
        raise StockRefused(f"{sku}: {units} units are none: give a number from 1")


def _require_name(sku: str) -> None:
    try:
        require_sku(sku)
    except NoSku as error:
        raise StockRefused(str(error)) from error


def _require_stocked(sku: str) -> None:
    if not StockItem.objects.filter(pk=sku).exists():
        raise NotStocked(f"nothing was ever received of {sku}: check its spelling")
