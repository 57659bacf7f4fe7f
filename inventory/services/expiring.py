"""End holds when their time is over, except while the payment is unknown."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from inventory.models import Reservation, ReservationStatus
from inventory.stock import expire_due


@transaction.atomic
def expire_holds(*, limit: int = 500) -> int:
    """Release the units of expired holds, the oldest first; return how many holds those were.

    Nothing is announced: committing such a hold later fails.
    """
    return expire_due(limit=limit)


@transaction.atomic(savepoint=False)
def keep_while_payment_is_unknown(order_ids: Sequence[UUID]) -> None:
    """Keep the holds of these orders from expiring: their payment may have succeeded, or still may.

    Payments end every wait for a customer or a bank, so each order's flow later commits or releases
    the hold.
    """
    Reservation.objects.filter(order_id__in=order_ids, status=ReservationStatus.HELD).update(
        payment_unknown=True
    )
