"""What customers are called: read models know them by id, so that a name stands in one table only.

``CUSTOMER_NAMES`` names the function that is asked when a row is shown, ``CUSTOMER_SEARCH`` and
``ORDER_REFERENCES`` those that are asked when one is looked for.
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
    """Put ``customer_name`` beside each ``customer_id``, all with one question.

    Customers who read their own orders are known: their account was read with their name.
    """
    customer = getattr(request.user, "customer", None)
    own = {customer.id: customer.name} if customer else {}
    names = {**names_of({row["customer_id"] for row in rows} - own.keys()), **own}
    for row in rows:
        row["customer_name"] = names.get(row["customer_id"], "")
    return rows


def names_of(customers: Collection[UUID]) -> Mapping[UUID, str]:
    """Return what these customers are called now."""
    ask: Names = import_string(settings.CUSTOMER_NAMES)
    return ask(customers) if customers else {}


def customers_called(text: str) -> list[UUID]:
    """Return the customers whom a text may mean: more than ``MOST_FOUND`` if it says too little."""
    ask: Search = import_string(settings.CUSTOMER_SEARCH)
    return ask(text)


def order_called(reference: str) -> UUID | None:
    """Return the order that bears a reference."""
    ask: Reference = import_string(settings.ORDER_REFERENCES)
    return ask(reference)
