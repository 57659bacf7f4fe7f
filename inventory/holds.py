"""Goods that are kept for orders not paid yet: how long, and which holds are good still."""

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
"""How long goods are kept for an order that is not paid yet."""

OVER: Final = Q(status=ReservationStatus.HELD, payment_unknown=False, expires_at__lte=Now())
"""Holds whose time is over by the database's clock, and that are not given back yet."""


def expired() -> QuerySet[Reservation]:
    """Return holds that are good no longer: their time is over, and nobody is owed a message.

    While one is owed, the order goes on by itself: after an outage its payment may be known, and
    not heard of yet.
    """
    owed = Lane.objects.filter(correlation_id=OuterRef("order_id"), subscriber__in=leading())
    return Reservation.objects.filter(OVER).exclude(Exists(owed))


def holds_of(customers: Iterable[UUID]) -> Counter[UUID]:
    """Count the orders for which customers hold goods unpaid."""
    held = Reservation.objects.filter(customer_id__in=customers, status=ReservationStatus.HELD)
    counts = held.exclude(pk__in=expired().values("pk")).values_list("customer_id")
    orders = counts.annotate(orders=Count("order_id", distinct=True))
    return Counter({customer: count for customer, count in orders if customer})


def at_their_cap(customers: Iterable[UUID]) -> set[UUID]:
    """Return those of these customers who may hold nothing more before they pay."""
    most = settings.UNPAID_HOLDS_PER_CUSTOMER
    return {customer for customer, orders in holds_of(customers).items() if orders >= most}
