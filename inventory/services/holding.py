"""Hold goods for unpaid orders, for a time and within each customer's cap."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from inventory.events import MissingLine
from inventory.holds import HOLD
from inventory.models import Reservation, ReservationStatus
from inventory.services.announcements import announce_failed, announce_held
from inventory.services.capping import TOO_MANY, unpaid_holds, within_cap
from inventory.services.reserving import Lines, take
from inventory.stock import lock_items, reservations_of
from outbox.kit.clock import database_now
from outbox.kit.rows import bulk


@transaction.atomic(savepoint=False)
def hold_for_orders(lines_of: Lines, *, customer_of: Mapping[UUID, UUID] | None = None) -> None:
    """Hold all lines of each order or none of them, and announce which.

    :param customer_of: customers to whom the cap ``UNPAID_HOLDS_PER_CUSTOMER`` applies.
    """
    rows_of = reservations_of(lines_of)
    missing_of, refused = _hold(lines_of, rows_of, customer_of or {})
    for order in lines_of:
        if order in refused:
            announce_failed(order, reason_code=TOO_MANY)
        else:
            announce_held(order, rows_of[order], missing_of.get(order, ()))


def _hold(
    lines_of: Lines, rows_of: dict[UUID, list[Reservation]], customer_of: Mapping[UUID, UUID]
) -> tuple[dict[UUID, tuple[MissingLine, ...]], list[UUID]]:
    """Make the holds of orders that have none yet; return what is missing, and refused orders.

    Orders are taken in rounds: only an order that got its goods counts against its customer's cap.
    """
    waiting = [order for order in lines_of if order not in rows_of]
    holds = unpaid_holds(customer_of[order] for order in waiting if order in customer_of)
    expires_at = database_now() + HOLD
    missing_of: dict[UUID, tuple[MissingLine, ...]] = {}
    while batch := within_cap(waiting, customer_of, holds):
        if len(batch) < len(waiting):
            # The other orders may want other goods; all have to be locked in order.
            lock_items(line.sku for order in waiting for line in lines_of[order])
        missing_of |= take(
            {order: lines_of[order] for order in batch},
            rows_of,
            ReservationStatus.HELD,
            expires_at=expires_at,
            customer_of=customer_of,
        )
        holds.update(
            customer_of[each] for each in batch if each in customer_of and not missing_of[each]
        )
        waiting = [order for order in waiting if order not in missing_of]
    refused = ReservationStatus.REFUSED
    rows_of.update({order: [Reservation.tombstone(order, refused)] for order in waiting})
    bulk.insert(row for order in waiting for row in rows_of[order])
    return missing_of, waiting
