"""Holds end by themselves when their time is over, but not while a payment may be unknown."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from inventory.models import Reservation, ReservationStatus
from inventory.stock import take_back


@transaction.atomic
def expire_holds(*, limit: int = 500) -> int:
    """Give back the units of expired holds, the oldest first; return how many holds those were.

    Nothing is announced: whoever commits such a hold is told that it is too late.
    """
    return take_back(limit=limit)


@transaction.atomic(savepoint=False)
def keep_while_payment_is_unknown(order_ids: Sequence[UUID]) -> None:
    """Let what these orders hold not expire: its payment may have gone through.

    The hold ends when it is committed or released, which the order's flow owes it.
    """
    Reservation.objects.filter(order_id__in=order_ids, status=ReservationStatus.HELD).update(
        payment_unknown=True
    )
