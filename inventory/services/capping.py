"""Limit the unpaid holds of a customer, so that one customer cannot block the stock."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from inventory.holds import holds_of

TOO_MANY: Final = "too_many_unpaid_holds"
"""The reason code of an order refused for this."""

_LOCK = """
SELECT pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended(id::text, 0) AS key FROM unnest(%s::uuid[]) AS c (id)
    ORDER BY key
) AS customers
"""


def unpaid_holds(customers: Iterable[UUID]) -> Counter[UUID]:
    """Count the unpaid orders with holds of customers; expired holds do not count.

    This locks the customers until the transaction ends; call it before locking any goods.
    """
    customers = set(customers)
    if not customers:
        return Counter()
    lock_customers(customers)
    return holds_of(customers)


def within_cap(
    orders: Sequence[UUID], customer_of: Mapping[UUID, UUID], holds: Mapping[UUID, int]
) -> list[UUID]:
    """Return the orders that their customers' caps allow, in the given sequence."""
    fit, counted = [], Counter(holds)
    for order in orders:
        customer = customer_of.get(order)
        if customer is None or counted[customer] < settings.UNPAID_HOLDS_PER_CUSTOMER:
            fit.append(order)
            counted.update([customer] if customer else [])
    return fit


def lock_customers(customers: Iterable[UUID]) -> None:
    """Lock customers: other transactions cannot make holds for them meanwhile."""
    if ids := list(customers):
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [ids])
