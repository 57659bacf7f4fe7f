"""Reconstruct the events of inventory from movements and reservations."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID

from inventory.bookings import moved
from inventory.events import (
    InventoryAllotted,
    InventoryConsumed,
    InventoryHeld,
    InventoryReleased,
    InventoryReservationFailed,
    InventoryReserved,
    InventoryRestocked,
    ReservedLine,
    StockMoved,
)
from inventory.models import (
    OWN,
    MovementKind,
    Reservation,
    ReservationStatus,
    StockMovement,
)
from inventory.services.announcements import less
from inventory.stock import WAITED_FOR, reservations_of, return_of, shipment_of
from outbox.history import PastEvent, lists_conversations, reconstructs


@lists_conversations
def bookings_after(conversation: UUID, limit: int) -> list[UUID]:
    rows = StockMovement.objects.filter(conversation__gt=conversation).order_by("conversation")
    return list(rows.values_list("conversation", flat=True).distinct()[:limit])


@reconstructs(StockMoved)
def booking_events(conversations: Collection[UUID]) -> Iterator[PastEvent]:
    """Yield the events of bookings."""
    movements_of: dict[UUID, list[StockMovement]] = defaultdict(list)
    for each in StockMovement.objects.filter(conversation__in=list(conversations)):
        movements_of[each.conversation].append(each)
    for conversation, movements in movements_of.items():
        yield PastEvent(moved(movements), conversation, movements[0].moved_at)


@reconstructs(
    InventoryAllotted,
    InventoryConsumed,
    InventoryHeld,
    InventoryReserved,
    InventoryReservationFailed,
    InventoryReleased,
    InventoryRestocked,
)
def order_events(order_ids: Collection[UUID]) -> Iterator[PastEvent]:
    """Yield the events of orders' reservations.

    The tables do not keep: what was missing when an order got nothing; that goods were committed
    before they were released; whether awaited goods were gone when they were to be held; and
    whatever moved no goods.
    """
    movements_of: dict[UUID, list[StockMovement]] = defaultdict(list)
    for each in StockMovement.objects.filter(order_id__in=list(order_ids)).order_by("id"):
        if each.order_id:
            movements_of[each.order_id].append(each)
    for order_id, rows in reservations_of(order_ids).items():
        movements = movements_of[order_id]
        yield from _taken(order_id, rows, [each for each in movements if _takes(each)])
        yield from _released(order_id, rows, [each for each in movements if _frees(each)])
        yield from _returned(order_id, [each for each in movements if return_of(each)])
        yield from _sent(order_id, [each for each in movements if shipment_of(each)])
        yield from _refused(order_id, rows)


def _takes(movement: StockMovement) -> bool:
    return movement.kind == MovementKind.RESERVED


def _frees(movement: StockMovement) -> bool:
    return movement.kind == MovementKind.RELEASED and return_of(movement) is None


def _taken(
    order_id: UUID, rows: Sequence[Reservation], movements: Sequence[StockMovement]
) -> Iterator[PastEvent]:
    if not movements:
        return
    lines, at = _lines(movements), movements[0].moved_at
    if movements[0].reason == WAITED_FOR:
        yield PastEvent(InventoryAllotted(order_id=order_id, held=lines), order_id, at)
    expiries = [row.expires_at for row in rows if row.expires_at]
    if expiries:
        held = InventoryHeld(order_id=order_id, held=lines, expires_at=min(expiries))
        yield PastEvent(held, order_id, at)
    if not expiries or any(row.status in OWN for row in rows):
        yield PastEvent(InventoryReserved(order_id=order_id, reserved=lines), order_id, at)


def _released(
    order_id: UUID, rows: Sequence[Reservation], movements: Sequence[StockMovement]
) -> Iterator[PastEvent]:
    """Yield releases; the expiry of a hold was not announced."""
    expired = {row.sku for row in rows if row.status == ReservationStatus.EXPIRED}
    if freed := [each for each in movements if each.sku not in expired]:
        event = InventoryReleased(order_id=order_id, released=_lines(freed))
        yield PastEvent(event, order_id, freed[0].moved_at)
    for row in rows:
        if not row.sku and row.status == ReservationStatus.RELEASED:
            event = InventoryReleased(order_id=order_id, released=())
            yield PastEvent(event, order_id, row.created_at)


def _returned(order_id: UUID, movements: Sequence[StockMovement]) -> Iterator[PastEvent]:
    by_return: dict[UUID, list[StockMovement]] = defaultdict(list)
    for each in movements:
        if return_id := return_of(each):
            by_return[return_id].append(each)
    for return_id, of_it in by_return.items():
        lost = _lines(each for each in of_it if each.kind == MovementKind.WRITTEN_OFF)
        back = _lines(each for each in of_it if each.kind != MovementKind.WRITTEN_OFF)
        event = InventoryRestocked(
            order_id=order_id,
            return_id=return_id,
            restocked=less(back, lost),
            written_off=lost,
        )
        yield PastEvent(event, order_id, of_it[0].moved_at)


def _sent(order_id: UUID, movements: Sequence[StockMovement]) -> Iterator[PastEvent]:
    by_shipment: dict[UUID, list[StockMovement]] = defaultdict(list)
    for each in movements:
        if shipment_id := shipment_of(each):
            by_shipment[shipment_id].append(each)
    for shipment_id, of_it in by_shipment.items():
        event = InventoryConsumed(
            order_id=order_id, shipment_id=shipment_id, consumed=_lines(of_it)
        )
        yield PastEvent(event, order_id, of_it[0].moved_at)


def _refused(order_id: UUID, rows: Sequence[Reservation]) -> Iterator[PastEvent]:
    refused = [row for row in rows if row.status == ReservationStatus.REFUSED]
    if refused:
        event = InventoryReservationFailed(order_id=order_id, missing=())
        yield PastEvent(event, order_id, refused[0].created_at)


def _lines(movements: Iterable[StockMovement]) -> tuple[ReservedLine, ...]:
    return tuple(
        ReservedLine(each.sku, abs(each.reserved_change or each.on_hand_change))
        for each in movements
    )
