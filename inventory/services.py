"""Use cases of inventory, one transaction each."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import connection, transaction

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
    StockMovement,
)
from outbox import bulk
from outbox.publishing import publish


class StockRefused(Exception):
    """A change of stock would leave fewer units than orders hold."""


@transaction.atomic
def reserve_for_orders(lines_of: Mapping[UUID, Sequence[WantedLine]]) -> None:
    """Reserve all lines of each order, or none of them, and announce which it was.

    The first answer stands: one who asks again, or after a release, is told it once more.
    """
    before = _reservations(lines_of)
    wanted_of = {order: _by_sku(lines) for order, lines in lines_of.items()}
    stock = _locked(sku for order in wanted_of if order not in before for sku in wanted_of[order])
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
    _move_reserved(taken)
    bulk.insert(reservations)
    _record(MovementKind.RESERVED, [each for each in reservations if each.quantity])


@transaction.atomic
def release_for_orders(order_ids: Sequence[UUID]) -> None:
    """Give back what these orders hold, and announce it; one that holds nothing is barred."""
    reservations_of = _reservations(order_ids)
    released: list[Reservation] = []
    for order in order_ids:
        live = [each for each in reservations_of.get(order, ()) if each.status in LIVE]
        released += live
        if order not in reservations_of:
            Reservation.tombstone(order).save()
        publish(
            InventoryReleased(
                order_id=order, released=_lines({each.sku: each.quantity for each in live})
            ),
            conversation=order,
        )
    units = _by_sku(released)
    _locked(units)
    _move_reserved({sku: -quantity for sku, quantity in units.items()})
    Reservation.objects.filter(pk__in=[each.pk for each in released]).update(
        status=ReservationStatus.RELEASED
    )
    _record(MovementKind.RELEASED, released)


@transaction.atomic
def change_stock(
    *, sku: str, units: int, kind: MovementKind, reason: str, reference: str | None = None
) -> bool:
    """Book a change of what is on hand: goods received, adjusted or written off.

    :param units: positive or negative.
    :param reference: the caller's own number; one that exists is not booked again.
    :returns: whether it was booked now.
    :raises StockRefused: fewer units would be left than orders hold.
    """
    StockItem.objects.bulk_create([StockItem(sku=sku)], ignore_conflicts=True)
    item = _locked([sku])[sku]
    if reference and StockMovement.objects.filter(reference=reference).exists():
        return False
    if item.available + units < 0:
        raise StockRefused(f"{sku}: {item.available} available, {-units} are to go")
    item.on_hand += units
    item.version += 1
    item.save(update_fields=["on_hand", "version"])
    StockMovement.objects.create(
        sku=sku, kind=kind, on_hand_change=units, reason=reason, reference=reference
    )
    return True


def _reservations(order_ids: Iterable[UUID]) -> dict[UUID, list[Reservation]]:
    found = defaultdict(list)
    for each in Reservation.objects.filter(order_id__in=list(order_ids)):
        found[each.order_id].append(each)
    return found


def _locked(skus: Iterable[str]) -> dict[str, StockItem]:
    """Lock stock items in SKU order, so that two orders with the same goods cannot deadlock."""
    rows = StockItem.objects.select_for_update().filter(sku__in=set(skus)).order_by("sku")
    return {item.sku: item for item in rows}


def _by_sku(lines: Iterable[WantedLine | Reservation]) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in lines:
        units[line.sku] += line.quantity
    return units


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


def _move_reserved(units: Mapping[str, int]) -> None:
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


def _record(kind: MovementKind, reservations: Sequence[Reservation]) -> None:
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
