"""Release, send and restock what orders hold."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from inventory.bookings import book
from inventory.commands import RestockInventory
from inventory.models import (
    ASKED_FOR,
    LIVE,
    MovementKind,
    Reservation,
    ReservationStatus,
    StockItem,
    StockMovement,
)
from inventory.services.announcements import announce_released, announce_restocked
from inventory.stock import RETURN, change, free, lock_items, reservations_of, units_by_sku
from outbox.kit.rows import bulk

RETURNABLE = (*LIVE, ReservationStatus.CONSUMED)
"""Statuses of reservations whose units can be returned."""


@transaction.atomic(savepoint=False)
def release_for_orders(order_ids: Sequence[UUID]) -> None:
    """Release what these orders hold, and announce it; bar orders without reservations."""
    rows_of = reservations_of(order_ids, lock=True)
    released: list[Reservation] = []
    asked_for: list[Reservation] = []
    for order in order_ids:
        live = [row for row in rows_of.get(order, ()) if row.status in LIVE]
        announce_released(order, live)
        released += live
        asked_for += [row for row in rows_of.get(order, ()) if row.status in ASKED_FOR]
    status = ReservationStatus.RELEASED
    bulk.insert(Reservation.tombstone(each, status) for each in order_ids if each not in rows_of)
    change(asked_for, status)
    free(released, status)


@transaction.atomic(savepoint=False)
def consume_for_orders(order_ids: Sequence[UUID]) -> None:
    """Remove what these orders have reserved from stock: it was sent."""
    rows_of = reservations_of(order_ids)
    consumed = [
        row
        for rows in rows_of.values()
        for row in rows
        if row.status == ReservationStatus.COMMITTED
    ]
    stock = lock_items(row.sku for row in consumed)
    for row in consumed:
        item = stock[row.sku]
        item.on_hand -= row.quantity
        item.reserved -= row.quantity
        item.version += 1
    change(consumed, ReservationStatus.CONSUMED)
    bulk.update(stock.values(), ["on_hand", "reserved", "version"])
    book(
        StockMovement(
            sku=row.sku,
            kind=MovementKind.CONSUMED,
            on_hand_change=-row.quantity,
            reserved_change=-row.quantity,
            order_id=row.order_id,
            reason="sent",
        )
        for row in consumed
    )


@transaction.atomic(savepoint=False)
def restock_returns(commands: Sequence[RestockInventory]) -> None:
    """Restock the goods of returns, and announce it; earlier ones are announced again.

    Goods that were not sent yet are released; sent ones are added to what is on hand.
    """
    rows_of = reservations_of((command.order_id for command in commands), lock=True)
    stock = lock_items(line.sku for command in commands for line in command.lines)
    booked = _booked(commands)
    changed: list[Reservation] = []
    movements: list[StockMovement] = []
    for command in commands:
        wanted = units_by_sku(command.lines)
        for row in rows_of[command.order_id]:
            reference = _reference(command, row.sku)
            units = 0 if reference in booked else min(wanted[row.sku], row.quantity)
            if units and row.status in RETURNABLE:
                movements.append(_put_back(row, stock[row.sku], units, reference))
                changed.append(row)
        announce_restocked(command.order_id, command.return_id, command.lines)
    bulk.update(changed, ["quantity", "status"])
    bulk.update(stock.values(), ["on_hand", "reserved", "version"])
    book(movements)


def _put_back(row: Reservation, item: StockItem, units: int, reference: str) -> StockMovement:
    """Change a reservation and its stock item, and return the movement; nothing is saved."""
    movement = StockMovement(
        sku=row.sku, order_id=row.order_id, reason="returned", reference=reference
    )
    row.quantity -= units
    item.version += 1
    if row.status == ReservationStatus.CONSUMED:
        item.on_hand += units
        movement.kind, movement.on_hand_change = MovementKind.RESTOCKED, units
    else:
        item.reserved -= units
        movement.kind, movement.reserved_change = MovementKind.RELEASED, -units
        row.status = row.status if row.quantity else ReservationStatus.RELEASED
    return movement


def _booked(commands: Sequence[RestockInventory]) -> set[str]:
    references = [_reference(command, line.sku) for command in commands for line in command.lines]
    known = StockMovement.objects.filter(reference__in=references)
    return {reference or "" for reference in known.values_list("reference", flat=True)}


def _reference(command: RestockInventory, sku: str) -> str:
    return f"{RETURN}{command.return_id}:{sku}"
