"""Look up customers' names and orders' references, which read models do not store.

The functions that answer are in the settings: ``CUSTOMER_NAMES`` for showing a row,
``CUSTOMER_SEARCH`` and ``ORDER_REFERENCES`` for searching.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string
from rest_framework.request import Request

Search = Callable[[str], list[UUID]]
Reference = Callable[[str], UUID | None]
Names = Callable[[Collection[UUID]], Mapping[UUID, str]]


def with_names(request: Request, rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Add ``customer_name`` to each row, with one query for all.

    A customer's own name needs no query: it was read with the account.
    """
    customer = getattr(request.user, "customer", None)
    own = {customer.id: customer.name} if customer else {}
    names = {**names_of({row["customer_id"] for row in rows} - own.keys()), **own}
    for row in rows:
        row["customer_name"] = names.get(row["customer_id"], "")
    return rows


def names_of(customers: Collection[UUID]) -> Mapping[UUID, str]:
    """Return the present names of customers."""
    ask: Names = import_string(settings.CUSTOMER_NAMES)
    return ask(customers) if customers else {}


def customers_called(text: str) -> list[UUID]:
    """Return the customers that match a text; more than ``MOST_FOUND`` if it is too vague."""
    ask: Search = import_string(settings.CUSTOMER_SEARCH)
    return ask(text)


def order_called(reference: str) -> UUID | None:
    """Return the order with this reference."""
    ask: Reference = import_string(settings.ORDER_REFERENCES)
    return ask(reference)
