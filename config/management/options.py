"""Options that several commands of the composition root take."""

from contextlib import suppress
from uuid import UUID

from django.core.management.base import CommandError

from orders.models import Order


def order_of(text: str) -> Order:
    """Find an order by its reference or its id.

    :raises CommandError: there is none.
    """
    orders = Order.objects.filter(reference=text)
    with suppress(ValueError):
        orders |= Order.objects.filter(pk=UUID(text))
    found = orders.first()
    if found is None:
        raise CommandError(f"no order has the id or the reference {text}", returncode=2)
    return found
