"""Lock stock items and reservations, change them in sets, and record the movements."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from django.db import connection

from inventory.bookings import book
from inventory.holds import expired
from inventory.models import (
    MovementKind,
    Reservation,
    ReservationStatus,
    StockItem,
    StockMovement,
    StockRefused,
)
from outbox.kit.rows import bulk

RETURN = "return:"
"""Prefix of the reference of a restocking movement; the return's id and the SKU follow."""

SHIPMENT = "shipment:"
"""Prefix of the reference of a movement by which goods leave; the shipment's id and the SKU
follow."""

WAITED_FOR = "the order has waited for it"
"""The reason of a movement that holds goods for a waiting order."""

_FREED_BECAUSE = {
    ReservationStatus.RELEASED: "the order was given up",
    ReservationStatus.EXPIRED: "the hold has expired",
}


class Units(Protocol):
    """Some units of a SKU."""

    @property
    def sku(self) -> str: ...

    @property
    def quantity(self) -> int: ...


def lock_items(skus: Iterable[str]) -> dict[str, StockItem]:
    """Lock stock items in SKU order, so that two orders with the same goods cannot deadlock."""
    return {item.sku: item for item in bulk.select(StockItem, "sku", set(skus), lock=True)}


def lock_goods(*, order_ids: Iterable[UUID], skus: Iterable[str]) -> None:
    """Lock reservations, then their stock items together with those of ``skus``, in SKU order."""
    rows_of = reservations_of(order_ids, lock=True)
    lock_items([*skus, *(row.sku for rows in rows_of.values() for row in rows)])


def units_by_sku(lines: Iterable[Units]) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in lines:
        units[line.sku] += line.quantity
    return units


def move_reserved(units: Mapping[str, int]) -> None:
    """Reserve more (or fewer) units of locked items.

    :raises StockRefused: more would be reserved than is on hand, or less than 0.
    """
    if not units:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE inventory_stockitem s
            SET reserved = s.reserved + change.units, version = s.version + 1
            FROM unnest(%s::text[], %s::bigint[]) AS change (sku, units)
            WHERE s.sku = change.sku AND s.reserved + change.units BETWEEN 0 AND s.on_hand
            """,
            [list(units), list(units.values())],
        )
        if cursor.rowcount != len(units):
            raise StockRefused("stock changed under its lock: nothing was reserved or released")


def expire_due(*, skus: Iterable[str] | None = None, limit: int | None = None) -> int:
    """End expired holds, of some SKUs or the oldest of all; return how many.

    Locked rows are skipped: another transaction is committing or releasing them, and waiting for a
    reservation while holding stock items could deadlock.
    """
    found = expired()
    if skus is not None:
        found = found.filter(sku__in=skus)
    rows = list(found.select_for_update(skip_locked=True).order_by("expires_at")[:limit])
    free(rows, ReservationStatus.EXPIRED)
    return len(rows)


def free(rows: Sequence[Reservation], status: ReservationStatus) -> None:
    """End live reservations; their units are available again."""
    units = units_by_sku(rows)
    lock_items(units)
    move_reserved({sku: -quantity for sku, quantity in units.items()})
    change(rows, status)
    record(MovementKind.RELEASED, rows, reason=_FREED_BECAUSE[status])


def change(rows: Sequence[Reservation], status: ReservationStatus) -> None:
    """Give reservations another status; no units move."""
    for row in rows:
        row.status = status
    bulk.update(rows, ["status"])


def reservations_of(
    order_ids: Iterable[UUID], *, lock: bool = False
) -> dict[UUID, list[Reservation]]:
    """Return the reservations of orders, in a mapping that yields an empty list by default.

    :param lock: lock the rows, so that no hold expires meanwhile; needed to change one.
    """
    found: dict[UUID, list[Reservation]] = defaultdict(list)
    for each in bulk.select(Reservation, "order_id", list(order_ids), order="id", lock=lock):
        found[each.order_id].append(each)
    return found


def return_of(movement: StockMovement) -> UUID | None:
    """Return the id of the return whose goods a movement restocked or released."""
    return _named_by(movement, RETURN)


def shipment_of(movement: StockMovement) -> UUID | None:
    """Return the id of the shipment with which a movement's goods left."""
    return _named_by(movement, SHIPMENT)


def _named_by(movement: StockMovement, prefix: str) -> UUID | None:
    reference = movement.reference or ""
    if movement.order_id is None or not reference.startswith(prefix):
        return None
    return UUID(reference.removeprefix(prefix).partition(":")[0])


def record(kind: MovementKind, reservations: Sequence[Reservation], *, reason: str) -> None:
    """Record that units of reservations were reserved or released."""
    sign = 1 if kind == MovementKind.RESERVED else -1
    book(
        StockMovement(
            sku=each.sku,
            kind=kind,
            reserved_change=sign * each.quantity,
            order_id=each.order_id,
            reason=reason,
        )
        for each in reservations
    )
