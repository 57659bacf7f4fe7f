"""Publish the outcome of holds, reservations and releases."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from inventory.commands import RestockInventory
from inventory.events import (
    InventoryAllotted,
    InventoryConsumed,
    InventoryHeld,
    InventoryReleased,
    InventoryReservationFailed,
    InventoryReserved,
    InventoryRestocked,
    MissingLine,
    ReservedLine,
)
from inventory.models import LIVE, OWN, Reservation
from inventory.stock import Units, units_by_sku
from outbox.publishing import publish


def announce_reserved(
    order: UUID, rows: Sequence[Reservation], missing: Sequence[MissingLine]
) -> None:
    """Publish that the goods are reserved for the order, or which of them are missing."""
    if own := [row for row in rows if row.status in OWN]:
        publish(InventoryReserved(order_id=order, reserved=_lines(own)), conversation=order)
    else:
        announce_failed(order, missing)


def announce_held(order: UUID, rows: Sequence[Reservation], missing: Sequence[MissingLine]) -> None:
    """Publish that the goods are held for the order, or which of them are missing."""
    live = [row for row in rows if row.status in LIVE and row.expires_at]
    if live:
        expires_at = min(row.expires_at for row in live if row.expires_at)
        publish(
            InventoryHeld(order_id=order, held=_lines(live), expires_at=expires_at),
            conversation=order,
        )
    else:
        announce_failed(order, missing)


def announce_allotted(order: UUID, held: Iterable[Units]) -> None:
    """Publish which of the awaited goods are held for the order."""
    publish(InventoryAllotted(order_id=order, held=_lines(held)), conversation=order)


def announce_released(order: UUID, released: Iterable[Reservation]) -> None:
    """Publish that the order holds nothing any more."""
    publish(InventoryReleased(order_id=order, released=_lines(released)), conversation=order)


def announce_consumed(order: UUID, shipment_id: UUID, lines: Iterable[Units]) -> None:
    """Publish that the goods of a shipment are out of stock."""
    publish(
        InventoryConsumed(order_id=order, shipment_id=shipment_id, consumed=_lines(lines)),
        conversation=order,
    )


def announce_restocked(command: RestockInventory) -> None:
    """Publish that the goods of a return are back."""
    publish(
        InventoryRestocked(
            order_id=command.order_id,
            return_id=command.return_id,
            restocked=less(command.lines, command.written_off),
            written_off=_lines(command.written_off),
        ),
        conversation=command.order_id,
    )


def less(lines: Iterable[Units], written_off: Iterable[Units]) -> tuple[ReservedLine, ...]:
    """Return the units of lines that were not written off."""
    lost = units_by_sku(written_off)
    left = []
    for line in lines:
        gone = min(lost[line.sku], line.quantity)
        lost[line.sku] -= gone
        if line.quantity > gone:
            left.append(ReservedLine(line.sku, line.quantity - gone))
    return tuple(left)


def announce_failed(
    order: UUID, missing: Sequence[MissingLine] = (), *, reason_code: str = "out_of_stock"
) -> None:
    """Publish that nothing is held or reserved for the order, and why."""
    publish(
        InventoryReservationFailed(order_id=order, missing=tuple(missing), reason_code=reason_code),
        conversation=order,
    )


def _lines(rows: Iterable[Units]) -> tuple[ReservedLine, ...]:
    return tuple(ReservedLine(row.sku, row.quantity) for row in rows)
