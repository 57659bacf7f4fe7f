"""Release what orders hold."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from inventory.models import ASKED_FOR, LIVE, Reservation, ReservationStatus
from inventory.services.announcements import announce_released
from inventory.stock import change, free, reservations_of
from outbox.kit.rows import bulk


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
