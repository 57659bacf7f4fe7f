"""Arguments that several commands take: an order, a customer."""

from contextlib import suppress
from typing import TypeVar
from uuid import UUID

from django.core.management.base import CommandError
from django.db.models import Model, QuerySet

from orders.models import Customer, Order
from orders.models.numbers import number_in

M = TypeVar("M", bound=Model)


def order_of(text: str) -> Order:
    """Find an order by its number, its reference or its id.

    :raises CommandError: there is none.
    """
    number = number_in(text)
    found = Order.objects.filter(number=number).first() if number else None
    return found or _named(Order.objects.all(), text)


def customer_of(text: str) -> Customer:
    """Find a customer by the reference or the id.

    :raises CommandError: there is none.
    """
    return _named(Customer.objects.all(), text)


def _named(rows: QuerySet[M], text: str) -> M:
    named = rows.filter(reference=text)
    with suppress(ValueError):
        named |= rows.filter(pk=UUID(text))
    found = named.first()
    if found is None:
        kind = rows.model.__name__.lower()
        raise CommandError(f"no {kind} has the id or the reference {text}", returncode=2)
    return found
