"""Reserve units for orders, all lines of an order or none.

The first outcome of an order stands: a repeated request, or one after a release, gets it again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from inventory.allotment import allot
from inventory.commands import WantedLine
from inventory.events import MissingLine
from inventory.models import LIVE, MovementKind, Reservation, ReservationStatus
from inventory.services.announcements import announce_reserved
from inventory.stock import change, free, record, reservations_of, units_by_sku
from outbox.kit.rows import bulk

Lines = Mapping[UUID, Sequence[WantedLine]]

_TAKEN_BECAUSE = {
    ReservationStatus.COMMITTED: "ordered",
    ReservationStatus.HELD: "kept until the order is paid",
}


@transaction.atomic(savepoint=False)
def reserve_for_orders(lines_of: Lines) -> None:
    """Reserve all lines of each order or none of them, and announce which."""
    rows_of = reservations_of(lines_of)
    missing_of = take(lines_of, rows_of, ReservationStatus.COMMITTED)
    for order in lines_of:
        announce_reserved(order, rows_of[order], missing_of.get(order, ()))


@transaction.atomic(savepoint=False)
def commit_for_orders(order_ids: Sequence[UUID]) -> None:
    """Turn holds into reservations; if a part of an order's hold has expired, all of it fails.

    A hold that is past its time but has not been ended is valid: its goods are still there.
    """
    held_of = reservations_of(order_ids, lock=True)
    committed: list[Reservation] = []
    expired: list[Reservation] = []
    for order in order_ids:
        held = [each for each in held_of[order] if each.status == ReservationStatus.HELD]
        has_expired = any(each.status == ReservationStatus.EXPIRED for each in held_of[order])
        (expired if has_expired else committed).extend(held)
    free(expired, ReservationStatus.EXPIRED)
    change(committed, ReservationStatus.COMMITTED)
    refused = [order for order in order_ids if _gets_none(held_of[order])]
    bulk.insert(Reservation.tombstone(each, ReservationStatus.REFUSED) for each in refused)
    for order in order_ids:
        announce_reserved(order, held_of[order], ())


def _gets_none(rows: Sequence[Reservation]) -> bool:
    """Return whether to refuse an order that has no tombstone yet."""
    has_expired = any(row.status == ReservationStatus.EXPIRED for row in rows)
    return all(row.sku for row in rows) and (has_expired or not rows)


@transaction.atomic(savepoint=False)
def note_wanted(lines_of: Lines) -> None:
    """Record what orders want until they are paid; nothing is reserved yet."""
    before = reservations_of(lines_of)
    bulk.insert(
        Reservation(order_id=order, sku=sku, quantity=units, status=ReservationStatus.WANTED)
        for order, lines in lines_of.items()
        if order not in before
        for sku, units in units_by_sku(lines).items()
    )


@transaction.atomic(savepoint=False)
def reserve_wanted(order_ids: Sequence[UUID]) -> None:
    """Reserve what paid orders wanted, all lines of each or none, and announce which."""
    rows_of = reservations_of(order_ids)
    wanted_of = {
        order: [each for each in rows_of[order] if each.status == ReservationStatus.WANTED]
        for order in order_ids
    }
    missing_of = allot({order: units_by_sku(rows) for order, rows in wanted_of.items() if rows})
    taken: list[Reservation] = []
    refused: list[Reservation] = []
    for order, missing in missing_of.items():
        (refused if missing else taken).extend(wanted_of[order])
    change(taken, ReservationStatus.COMMITTED)
    change(refused, ReservationStatus.REFUSED)
    record(MovementKind.RESERVED, taken, reason="the order is paid")
    for order in order_ids:
        announce_reserved(order, rows_of[order], missing_of.get(order, ()))


def take(
    lines_of: Lines,
    rows_of: dict[UUID, list[Reservation]],
    status: ReservationStatus,
    *,
    expires_at: datetime | None = None,
    customer_of: Mapping[UUID, UUID] | None = None,
) -> dict[UUID, tuple[MissingLine, ...]]:
    """Make the reservations of orders that have none yet; return what is missing."""
    wanted_of = {
        order: units_by_sku(lines) for order, lines in lines_of.items() if order not in rows_of
    }
    missing_of = allot(wanted_of)
    made: list[Reservation] = []
    for order, missing in missing_of.items():
        rows_of[order] = [
            Reservation(
                order_id=order,
                sku=sku,
                quantity=units,
                status=status,
                expires_at=expires_at,
                customer_id=(customer_of or {}).get(order),
            )
            for sku, units in wanted_of[order].items()
        ]
        if missing:
            rows_of[order] = [Reservation.tombstone(order, ReservationStatus.REFUSED)]
        made += rows_of[order]
    bulk.insert(made)
    taken = [row for row in made if row.status in LIVE]
    record(MovementKind.RESERVED, taken, reason=_TAKEN_BECAUSE[status])
    return missing_of


@transaction.atomic(savepoint=False)
def forget_wanted(order_ids: Sequence[UUID]) -> None:
    """Release what orders wanted that will not be paid; they can reserve nothing later."""
    rows_of = reservations_of(order_ids)
    rows = [row for rows in rows_of.values() for row in rows]
    change(
        [row for row in rows if row.status == ReservationStatus.WANTED], ReservationStatus.RELEASED
    )
