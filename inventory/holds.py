"""Holds for unpaid orders: how long they last, which have expired, and how many there are."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from inventory.models import Reservation, ReservationStatus
from outbox.models import Lane
from outbox.registry import leading

HOLD: Final = timedelta(minutes=30)
"""How long goods are held for an unpaid order."""

OVER: Final = Q(status=ReservationStatus.HELD, payment_unknown=False, expires_at__lte=Now())
"""Holds past their time by the database's clock, unless the payment is unknown."""


def expired() -> QuerySet[Reservation]:
    """Return holds that are past their time and whose order has no message to be handled.

    While one is owed, the order continues: after an outage its payment may be known already, and
    its event not be handled yet.
    """
    owed = Lane.objects.filter(correlation_id=OuterRef("order_id"), subscriber__in=leading())
    return Reservation.objects.filter(OVER).exclude(Exists(owed))


def holds_of(customers: Iterable[UUID]) -> Counter[UUID]:
    """Count each customer's unpaid orders with holds."""
    held = Reservation.objects.filter(customer_id__in=customers, status=ReservationStatus.HELD)
    counts = held.exclude(pk__in=expired().values("pk")).values_list("customer_id")
    orders = counts.annotate(orders=Count("order_id", distinct=True))
    return Counter({customer: count for customer, count in orders if customer})


def at_their_cap(customers: Iterable[UUID]) -> set[UUID]:
    """Return those of the customers who may have no further unpaid holds."""
    most = settings.UNPAID_HOLDS_PER_CUSTOMER
    return {customer for customer, orders in holds_of(customers).items() if orders >= most}
