"""Wait until orders have ended: nothing is owed, and no saga is running."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import connection
from django.db.models import Min
from django.db.models.functions import Now

from config.demo.replay.patience import patiently
from orders.models import Order, OrderStatus
from orders.sagas.models import ENDED, SagaInstance, SagaStatus
from outbox.models import Lane, Message
from payments.models import Payment

PATIENCE = 60.0
"""Seconds."""
BETWEEN_LOOKS = 0.3

LONGEST_WAIT = timedelta(hours=1)
"""An order that waits longer, such as for a person or a parcel, is left waiting."""

Shown = Callable[[int], None]


class NothingMoves(RuntimeError):
    """Orders make no progress; the message says how many, and what to check."""


@dataclass(frozen=True, slots=True)
class Look:
    """A snapshot: unfinished orders, a mark of progress, and the seconds until more is due."""

    under_way: frozenset[UUID]
    mark: tuple[UUID | None, int]
    seconds_until_due: float


def wait_for_ends(orders: Collection[UUID], shown: Shown) -> None:
    """Return once every order has ended, needs attention or waits long, and nothing is owed of it.

    :param shown: is called with the number of ended orders, from time to time.
    :raises NothingMoves: nothing progressed or was due for ``PATIENCE``.
    """
    left, mark, patient_until = frozenset(orders), None, time.monotonic() + PATIENCE
    while True:
        look = patiently(partial(_look, left))
        left, now = look.under_way, time.monotonic()
        shown(len(orders) - len(left))
        if not left:
            return
        if look.mark != mark:
            mark, patient_until = look.mark, now + PATIENCE
        if look.seconds_until_due > 0:
            patient_until = max(patient_until, now + look.seconds_until_due + PATIENCE)
        if now > patient_until:
            raise NothingMoves(
                f"{len(left)} orders are under way and nothing has moved for"
                f" {PATIENCE:.0f} s: are the workers and beat running? Start them and run this"
                " again: it goes on where it stopped"
            )
        pause()


def pause() -> None:
    """Sleep between two looks."""
    time.sleep(BETWEEN_LOOKS)


def orders_that_need_attention(orders: Collection[UUID]) -> set[UUID]:
    """Return the orders that need a human; no worker continues them."""
    flagged = Order.objects.filter(pk__in=orders, needs_attention=True).values_list("pk")
    payments = Payment.objects.filter(order_id__in=orders, needs_attention=True)
    dead = Lane.objects.filter(stopped=True, correlation_id__in=orders)
    stopped = SagaInstance.objects.filter(
        correlation_id__in=orders, status__in=(SagaStatus.NEEDS_ATTENTION, SagaStatus.SUSPENDED)
    )
    return {
        order_id
        for (order_id,) in flagged.union(
            payments.values_list("order_id"),
            dead.values_list("correlation_id"),
            stopped.values_list("correlation_id"),
        )
    }


def orders_that_wait_long(orders: Collection[UUID]) -> set[UUID]:
    """Return the orders with a saga that may wait for a reply beyond ``LONGEST_WAIT``."""
    sagas = SagaInstance.objects.filter(
        correlation_id__in=orders, next_action_at__gt=Now() + LONGEST_WAIT
    )
    return set(sagas.values_list("correlation_id", flat=True))


def _look(orders: Collection[UUID]) -> Look:
    pending = Order.objects.filter(
        pk__in=orders, status__in=(OrderStatus.PENDING, OrderStatus.CANCELLING)
    )
    sagas = SagaInstance.objects.filter(correlation_id__in=orders).exclude(status__in=ENDED)
    owed = Lane.objects.filter(correlation_id__in=orders, stopped=False)
    running = {
        *pending.values_list("pk", flat=True),
        *sagas.values_list("correlation_id", flat=True),
    }
    running -= orders_that_need_attention(running) | orders_that_wait_long(running)
    running |= set(owed.values_list("correlation_id", flat=True))
    dues = [
        owed.aggregate(at=Min("due_at"))["at"],
        sagas.filter(correlation_id__in=running).aggregate(at=Min("next_action_at"))["at"],
    ]
    newest = Message.objects.order_by("-pk").values_list("pk", flat=True).first()
    return Look(
        under_way=frozenset(running),
        mark=(newest, len(running)),
        seconds_until_due=_seconds_until(min((due for due in dues if due), default=None)),
    )


def _seconds_until(due: datetime | None) -> float:
    """Return the seconds until a time, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(extract(epoch FROM %s::timestamptz - now()), 0)::float", [due]
        )
        return float(cursor.fetchone()[0])
