"""Stock rows, set-based: lock items, move what is reserved, record why."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from django.db import connection

from inventory.models import MovementKind, Reservation, StockItem, StockMovement, StockRefused
from outbox import bulk


class Units(Protocol):
    """Some units of a SKU."""

    @property
    def sku(self) -> str: ...

    @property
    def quantity(self) -> int: ...


def lock_items(skus: Iterable[str]) -> dict[str, StockItem]:
    """Lock stock items in SKU order, so that two orders with the same goods cannot deadlock."""
    rows = StockItem.objects.select_for_update().filter(sku__in=set(skus)).order_by("sku")
    return {item.sku: item for item in rows}


def units_by_sku(lines: Iterable[Units]) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in lines:
        units[line.sku] += line.quantity
    return units


def move_reserved(units: Mapping[str, int]) -> None:
    """Hold more (or fewer) units of locked items.

    :raises StockRefused: more would be held than is on hand, or fewer than none.
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


def record(kind: MovementKind, reservations: Sequence[Reservation]) -> None:
    sign = 1 if kind == MovementKind.RESERVED else -1
    bulk.insert(
        StockMovement(
            sku=each.sku,
            kind=kind,
            reserved_change=sign * each.quantity,
            order_id=each.order_id,
        )
        for each in reservations
    )
