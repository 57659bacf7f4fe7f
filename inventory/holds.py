"""Goods that are kept for orders not paid yet: how long, and which holds are good still."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q
from django.db.models.functions import Now

from inventory.models import Reservation, ReservationStatus

HOLD: Final = timedelta(minutes=30)
"""How long goods are kept for an order that is not paid yet."""

EXPIRED: Final = Q(status=ReservationStatus.HELD, payment_unknown=False, expires_at__lte=Now())
"""Holds that are good no longer, by the database's clock, but not given back yet."""


def holds_of(customers: Iterable[UUID]) -> Counter[UUID]:
    """Count the orders for which customers hold goods unpaid."""
    held = Reservation.objects.filter(customer_id__in=customers, status=ReservationStatus.HELD)
    counts = held.exclude(EXPIRED).values_list("customer_id")
    orders = counts.annotate(orders=Count("order_id", distinct=True))
    return Counter({customer: count for customer, count in orders if customer})


def at_their_cap(customers: Iterable[UUID]) -> set[UUID]:
    """Return those of these customers who may hold nothing more before they pay."""
    most = settings.UNPAID_HOLDS_PER_CUSTOMER
    return {customer for customer, orders in holds_of(customers).items() if orders >= most}
