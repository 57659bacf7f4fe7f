"""Hold goods for orders that wait for them, the oldest first.

No message starts this, since incoming goods belong to no order's conversation. It runs after goods
are received, after an order begins to wait, and every second for whatever else frees goods.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from inventory.commands import AwaitInventory
from inventory.events import InventoryAllotted
from inventory.holds import HOLD
from inventory.models import MovementKind, Reservation, ReservationStatus
from inventory.services.announcements import announce_allotted
from inventory.services.capping import unpaid_holds, within_cap
from inventory.stock import (
    WAITED_FOR,
    lock_items,
    move_reserved,
    record,
    reservations_of,
    units_by_sku,
)
from outbox import conversations
from outbox.kit.clock import database_now
from outbox.kit.rows import bulk
from outbox.registry import leading
from outbox.wiring import publishes

AT_ONCE: Final = 100
"""Orders that one transaction serves."""

# Customers at their cap of unpaid holds are skipped, so that they do not block others.
_OLDEST = """
SELECT r.order_id
FROM inventory_reservation r JOIN inventory_stockitem s USING (sku)
WHERE r.status = 'waiting' AND s.on_hand > s.reserved
  AND (SELECT count(DISTINCT h.order_id) FROM inventory_reservation h
       WHERE h.customer_id = r.customer_id AND h.status = 'held'
         AND (h.payment_unknown OR h.expires_at > now() OR EXISTS (
             SELECT FROM outbox_lane l
             WHERE l.correlation_id = h.order_id AND l.subscriber = ANY(%s)))) < %s
GROUP BY r.order_id ORDER BY min(r.created_at), r.order_id LIMIT %s
"""


@transaction.atomic(savepoint=False)
def await_goods(commands: Sequence[AwaitInventory]) -> None:
    """Record what orders wait for; goods that are available are held after the commit."""
    known = reservations_of(command.order_id for command in commands)
    bulk.insert(
        Reservation(
            order_id=command.order_id,
            customer_id=command.customer_id,
            sku=sku,
            quantity=units,
            status=ReservationStatus.WAITING,
            created_at=command.since,
        )
        for command in commands
        if command.order_id not in known
        for sku, units in units_by_sku(command.lines).items()
    )
    wake_after_commit()


def wake_after_commit() -> None:
    """Serve waiting orders after the commit; if that is lost, the next tick does it."""
    transaction.on_commit(wake, robust=True)


@publishes(InventoryAllotted)
@transaction.atomic
def wake() -> int:
    """Hold available goods for the orders that wait for them, the oldest first.

    An order gets what is available, within its customer's cap, and no longer waits for the rest.

    :returns: how many orders got goods.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST, [leading(), settings.UNPAID_HOLDS_PER_CUSTOMER, AT_ONCE])
        oldest = [order for (order,) in cursor.fetchall()]
    if not oldest:
        return 0
    conversations.lock(oldest)
    waiting_of = _waiting_of(_within_cap(oldest))
    held_of = _take_available(waiting_of)
    taken = [row for held in held_of.values() for row in held]
    move_reserved(units_by_sku(taken))
    record(MovementKind.RESERVED, taken, reason=WAITED_FOR)
    bulk.update(
        [row for order in held_of for row in waiting_of[order]],
        ["quantity", "status", "expires_at"],
    )
    for order, held in held_of.items():
        announce_allotted(order, held)
    return len(held_of)


def _within_cap(orders: Sequence[UUID]) -> list[UUID]:
    rows = Reservation.objects.filter(order_id__in=orders).values_list("order_id", "customer_id")
    customer_of = {order: customer for order, customer in rows if customer}
    return within_cap(orders, customer_of, unpaid_holds(customer_of.values()))


def _waiting_of(orders: Sequence[UUID]) -> dict[UUID, list[Reservation]]:
    rows_of = reservations_of(orders, lock=True)
    return {
        order: [row for row in rows_of[order] if row.status == ReservationStatus.WAITING]
        for order in orders
    }


def _take_available(
    waiting_of: dict[UUID, list[Reservation]],
) -> dict[UUID, list[Reservation]]:
    """Change the rows of each order in turn; return those that got units. Nothing is saved."""
    expires_at = database_now() + HOLD
    stock = lock_items(row.sku for rows in waiting_of.values() for row in rows)
    available = {sku: item.available for sku, item in stock.items()}
    held_of = {}
    for order, rows in waiting_of.items():
        held = [row for row in rows if available.get(row.sku, 0)]
        for row in held:
            row.quantity = min(row.quantity, available[row.sku])
            row.status, row.expires_at = ReservationStatus.HELD, expires_at
            available[row.sku] -= row.quantity
        if held:
            held_of[order] = held
            for row in rows:
                if row not in held:
                    row.status = ReservationStatus.RELEASED
    return held_of
