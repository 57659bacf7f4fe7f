"""Take over orders of other systems, each once under the number that it has there."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from orders.events import OrderPlaced
from orders.models import Customer, Order
from orders.pricing import NewLine, OrderRefused
from orders.services.placing import place_order
from outbox.wiring import publishes


class ReferenceTaken(OrderRefused):
    """Another order bears this reference."""


@publishes(OrderPlaced)
@transaction.atomic
def import_order(
    *, reference: str, customer: Customer, lines: Sequence[NewLine], **wanted: Any
) -> Order:
    """Place an order under its reference, or return the one that was placed under it.

    :param wanted: what :func:`place_order` takes besides.
    :raises ReferenceTaken: another order bears it: of another customer, or for other goods.
    :raises OrderRefused: as :func:`place_order` does.
    """
    known = Order.objects.filter(reference=reference).first()
    if known is None:
        known = place_order(reference=reference, customer=customer, lines=lines, **wanted)
    goods = Counter[str]()
    for line in lines:
        goods[line.sku] += line.quantity
    ordered = Counter[str]()
    for sku, quantity in known.lines.values_list("sku", "quantity"):
        ordered[sku] += quantity
    if (known.customer_id, ordered) != (customer.id, goods):
        raise ReferenceTaken(f"{reference} is the reference of another order, {known.id}")
    return known
