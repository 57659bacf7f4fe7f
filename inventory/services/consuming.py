"""Take the goods of shipments out of stock, and put those of returns back."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction

from inventory.bookings import book
from inventory.commands import ConsumeInventory, RestockInventory
from inventory.models import (
    LIVE,
    MovementKind,
    Reservation,
    ReservationStatus,
    StockItem,
    StockMovement,
)
from inventory.services.announcements import announce_consumed, announce_restocked
from inventory.stock import RETURN, SHIPMENT, lock_items, reservations_of, units_by_sku
from outbox.kit.rows import bulk

RETURNABLE = (*LIVE, ReservationStatus.CONSUMED)
"""Statuses of reservations whose units can be returned."""


@transaction.atomic(savepoint=False)
def consume_shipments(commands: Sequence[ConsumeInventory]) -> None:
    """Take the goods of shipments out of stock, and announce it; earlier ones are announced again.

    The order holds them, so on hand and reserved go down together.
    """
    rows_of = reservations_of((command.order_id for command in commands), lock=True)
    stock = lock_items(line.sku for command in commands for line in command.lines)
    booked = _booked(SHIPMENT, {command.shipment_id: command for command in commands})
    changed: list[Reservation] = []
    movements: list[StockMovement] = []
    for command in commands:
        wanted = units_by_sku(command.lines)
        for row in rows_of[command.order_id]:
            reference = _reference(SHIPMENT, command.shipment_id, row.sku)
            units = 0 if reference in booked else wanted[row.sku]
            if units and row.status == ReservationStatus.COMMITTED:
                movements.append(_consume(row, stock[row.sku], units, reference))
                changed.append(row)
        announce_consumed(command.order_id, command.shipment_id, command.lines)
    _save(changed, list(stock.values()), movements)


@transaction.atomic(savepoint=False)
def restock_returns(commands: Sequence[RestockInventory]) -> None:
    """Restock the goods of returns, and announce it; earlier ones are announced again.

    Before anything of an order has left, its goods are released; later they are added to what is
    on hand.
    """
    rows_of = reservations_of((command.order_id for command in commands), lock=True)
    stock = lock_items(line.sku for command in commands for line in command.lines)
    booked = _booked(RETURN, {command.return_id: command for command in commands})
    changed: list[Reservation] = []
    movements: list[StockMovement] = []
    losses: list[StockMovement] = []
    for command in commands:
        wanted, unfit = units_by_sku(command.lines), units_by_sku(command.written_off)
        for row in rows_of[command.order_id]:
            reference = _reference(RETURN, command.return_id, row.sku)
            units = 0 if reference in booked else min(wanted[row.sku], row.quantity)
            if units and row.status in RETURNABLE:
                release = command.closes or not row.sent
                movements.append(_put_back(row, stock[row.sku], units, reference, release=release))
                changed.append(row)
                if lost := min(unfit[row.sku], units):
                    losses.append(_write_off(row, stock[row.sku], lost, reference))
        announce_restocked(command)
    _save(changed, list(stock.values()), movements + losses)


def _consume(row: Reservation, item: StockItem, units: int, reference: str) -> StockMovement:
    """Change a reservation and its stock item, and return the movement; nothing is saved."""
    row.sent += units
    if row.sent == row.quantity:
        row.status = ReservationStatus.CONSUMED
    item.on_hand -= units
    item.reserved -= units
    item.version += 1
    return StockMovement(
        sku=row.sku,
        kind=MovementKind.CONSUMED,
        on_hand_change=-units,
        reserved_change=-units,
        order_id=row.order_id,
        reason="sent",
        reference=reference,
    )


def _put_back(
    row: Reservation, item: StockItem, units: int, reference: str, *, release: bool
) -> StockMovement:
    """Change a reservation and its stock item, and return the movement; nothing is saved."""
    movement = StockMovement(
        sku=row.sku, order_id=row.order_id, reason="returned", reference=reference
    )
    row.quantity -= units
    item.version += 1
    if release:
        item.reserved -= units
        movement.kind, movement.reserved_change = MovementKind.RELEASED, -units
        if row.quantity == row.sent:
            row.status = ReservationStatus.CONSUMED if row.sent else ReservationStatus.RELEASED
    else:
        row.sent -= units
        item.on_hand += units
        movement.kind, movement.on_hand_change = MovementKind.RESTOCKED, units
    return movement


def _write_off(row: Reservation, item: StockItem, units: int, reference: str) -> StockMovement:
    """Change a stock item, and return the movement; nothing is saved."""
    item.on_hand -= units
    return StockMovement(
        sku=row.sku,
        kind=MovementKind.WRITTEN_OFF,
        on_hand_change=-units,
        order_id=row.order_id,
        reason="returned, not for sale again",
        reference=f"{reference}:written off",
    )


def _booked(prefix: str, commands: Mapping[UUID, ConsumeInventory | RestockInventory]) -> set[str]:
    """Return the references of these shipments or returns that movements have already."""
    references = [
        _reference(prefix, key, line.sku)
        for key, command in commands.items()
        for line in command.lines
    ]
    known = StockMovement.objects.filter(reference__in=references)
    return {reference or "" for reference in known.values_list("reference", flat=True)}


def _reference(prefix: str, key: UUID, sku: str) -> str:
    return f"{prefix}{key}:{sku}"


def _save(
    changed: Sequence[Reservation],
    items: Sequence[StockItem],
    movements: Sequence[StockMovement],
) -> None:
    bulk.update(changed, ["quantity", "sent", "status"])
    bulk.update(items, ["on_hand", "reserved", "version"])
    book(movements)
