"""Use cases of inventory, one transaction each.

Those that handlers call join the transaction of the turn without a savepoint: when they fail, the
whole turn is taken again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import transaction

from inventory.commands import WantedLine
from inventory.events import (
    InventoryReleased,
    InventoryReservationFailed,
    InventoryReserved,
    MissingLine,
    ReservedLine,
)
from inventory.models import (
    LIVE,
    MovementKind,
    Reservation,
    ReservationStatus,
    StockItem,
)
from inventory.stock import (
    lock_items,
    move_reserved,
    record,
    units_by_sku,
)
from outbox import bulk
from outbox.publishing import publish


@transaction.atomic(savepoint=False)
def reserve_for_orders(lines_of: Mapping[UUID, Sequence[WantedLine]]) -> None:
    """Reserve all lines of each order, or none of them, and announce which it was.

    The first answer stands: one who asks again, or after a release, is told it once more.
    """
    before = _reservations(lines_of)
    wanted_of = {order: units_by_sku(lines) for order, lines in lines_of.items()}
    stock = lock_items(
        sku for order in wanted_of if order not in before for sku in wanted_of[order]
    )
    taken: Counter[str] = Counter()
    reservations: list[Reservation] = []
    for order, wanted in wanted_of.items():
        if order in before:
            _announce_again(order, before[order])
            continue
        missing = _missing(wanted, stock, taken)
        if missing:
            reservations.append(Reservation.tombstone(order))
            publish(InventoryReservationFailed(order_id=order, missing=missing), conversation=order)
            continue
        taken.update(wanted)
        reservations += [
            Reservation(
                order_id=order, sku=sku, quantity=quantity, status=ReservationStatus.COMMITTED
            )
            for sku, quantity in wanted.items()
        ]
        publish(InventoryReserved(order_id=order, reserved=_lines(wanted)), conversation=order)
    move_reserved(taken)
    bulk.insert(reservations)
    record(MovementKind.RESERVED, [each for each in reservations if each.quantity])


@transaction.atomic(savepoint=False)
def release_for_orders(order_ids: Sequence[UUID]) -> None:
    """Give back what these orders hold, and announce it; one that holds nothing is barred."""
    reservations_of = _reservations(order_ids)
    released: list[Reservation] = []
    barred: list[Reservation] = []
    for order in order_ids:
        live = [each for each in reservations_of.get(order, ()) if each.status in LIVE]
        released += live
        if order not in reservations_of:
            barred.append(Reservation.tombstone(order))
        publish(
            InventoryReleased(
                order_id=order, released=_lines({each.sku: each.quantity for each in live})
            ),
            conversation=order,
        )
    bulk.insert(barred)
    units = units_by_sku(released)
    lock_items(units)
    move_reserved({sku: -quantity for sku, quantity in units.items()})
    Reservation.objects.filter(pk__in=[each.pk for each in released]).update(
        status=ReservationStatus.RELEASED
    )
    record(MovementKind.RELEASED, released)


def _reservations(order_ids: Iterable[UUID]) -> dict[UUID, list[Reservation]]:
    found = defaultdict(list)
    for each in Reservation.objects.filter(order_id__in=list(order_ids)):
        found[each.order_id].append(each)
    return found


def _missing(
    wanted: Mapping[str, int], stock: Mapping[str, StockItem], taken: Mapping[str, int]
) -> tuple[MissingLine, ...]:
    available = {
        sku: (stock[sku].available if sku in stock else 0) - taken.get(sku, 0) for sku in wanted
    }
    return tuple(
        MissingLine(sku, quantity, available[sku])
        for sku, quantity in wanted.items()
        if available[sku] < quantity
    )


def _announce_again(order: UUID, reservations: Sequence[Reservation]) -> None:
    live = {each.sku: each.quantity for each in reservations if each.status in LIVE}
    if live:
        publish(InventoryReserved(order_id=order, reserved=_lines(live)), conversation=order)
    else:
        publish(InventoryReservationFailed(order_id=order, missing=()), conversation=order)


def _lines(units: Mapping[str, int]) -> tuple[ReservedLine, ...]:
    return tuple(ReservedLine(sku, quantity) for sku, quantity in units.items())
