"""What customers and orders are called, for whoever shows orders without owning customers."""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from django.db import connection

from orders.models import Customer, Order
from orders.models.words import folded
from outbox.kit.finding import MOST_FOUND

SHORTEST: Final = 2
"""Characters of a search; with fewer there is nothing to look for."""

# Planned without its limit, for which the planner would rather read the table from its beginning.
_CALLED: Final = """
WITH called AS MATERIALIZED (
    SELECT id FROM orders_customer
    WHERE array_to_tsvector(string_to_array(words, ' ')) @@ %s::tsquery)
SELECT id FROM called LIMIT %s
"""


def names_of(customers: Collection[UUID]) -> Mapping[UUID, str]:
    """Return the names of customers by their ids; one that is not known has none."""
    return dict(Customer.objects.filter(pk__in=customers).values_list("pk", "name"))


def customers_called(text: str) -> list[UUID]:
    """Return the customers in whose name, e-mail or reference each word of a text begins a word.

    They are ``MOST_FOUND`` at most, and one more where there are too many.
    """
    words = folded(text)
    if sum(map(len, words)) < SHORTEST:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_CALLED, [" & ".join(map(_beginning, words)), MOST_FOUND + 1])
        return [customer for (customer,) in cursor.fetchall()]


def order_called(reference: str) -> UUID | None:
    """Return the order that bears a reference."""
    return Order.objects.filter(reference=reference).values_list("pk", flat=True).first()


def _beginning(word: str) -> str:
    """Write a word as a lexeme of a tsquery that others may go on from."""
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}':*"
