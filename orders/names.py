"""Names of customers, numbers and references of orders, for apps that do not own them."""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from orders.models import Customer, Order
from orders.models.numbers import number_in
from orders.models.words import folded
from outbox.kit.finding import MOST_FOUND

SHORTEST: Final = 2
"""Characters of a search; shorter ones find nothing."""

# Materialized: if it knew the limit, the planner would scan the table instead of the index.
_CALLED: Final = """
WITH called AS MATERIALIZED (
    SELECT id FROM orders_customer
    WHERE array_to_tsvector(string_to_array(words, ' ')) @@ %s::tsquery)
SELECT id FROM called LIMIT %s
"""


def names_of(customers: Collection[UUID]) -> Mapping[UUID, str]:
    """Return the names of customers by their ids; unknown ids are left out."""
    return dict(Customer.objects.filter(pk__in=customers).values_list("pk", "name"))


def customers_called(text: str) -> list[UUID]:
    """Return the customers whose name, e-mail or reference has a word for each beginning in a text.

    These are ``MOST_FOUND`` at most, or one more if there are too many.
    """
    words = folded(text)
    if sum(map(len, words)) < SHORTEST:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_CALLED, [" & ".join(map(_beginning, words)), MOST_FOUND + 1])
        return [customer for (customer,) in cursor.fetchall()]


def order_called(text: str) -> UUID | None:
    """Return the order that has a number or a reference."""
    called = Q(reference=text)
    if number := number_in(text):
        called |= Q(number=number)
    return Order.objects.filter(called).values_list("pk", flat=True).first()


def _beginning(word: str) -> str:
    """Quote a word as a prefix lexeme of a tsquery."""
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}':*"
