"""How much a customer may hold unpaid: goods that are kept for one are missing for the others."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from inventory.models import Reservation, ReservationStatus

TOO_MANY: Final = "too_many_unpaid_holds"
"""The reason code of an order that is refused for it."""

_LOCK = """
SELECT pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended(id::text, 0) AS key FROM unnest(%s::uuid[]) AS c (id)
    ORDER BY key
) AS customers
"""


def unpaid_holds(customers: Iterable[UUID]) -> Counter[UUID]:
    """Count the orders for which customers hold goods; expired holds count no more.

    Customers are locked until the transaction ends, before any goods.
    """
    customers = set(customers)
    if not customers:
        return Counter()
    lock_customers(customers)
    held = Reservation.objects.filter(customer_id__in=customers, status=ReservationStatus.HELD)
    good = held.exclude(payment_unknown=False, expires_at__lte=timezone.now())
    counts = good.values_list("customer_id").annotate(orders=Count("order_id", distinct=True))
    return Counter({customer: orders for customer, orders in counts if customer})


def within_cap(
    orders: Sequence[UUID], customer_of: Mapping[UUID, UUID], holds: Mapping[UUID, int]
) -> list[UUID]:
    """Return the first of these orders, as many of each customer as may hold goods besides."""
    fit, counted = [], Counter(holds)
    for order in orders:
        customer = customer_of.get(order)
        if customer is None or counted[customer] < settings.UNPAID_HOLDS_PER_CUSTOMER:
            fit.append(order)
            counted.update([customer] if customer else [])
    return fit


def lock_customers(customers: Iterable[UUID]) -> None:
    """Let nobody else hold anything for these customers meanwhile."""
    if ids := list(customers):
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [ids])
