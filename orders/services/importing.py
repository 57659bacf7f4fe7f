"""Import orders of other systems, each once under its number there."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from django.utils import timezone

from orders.events import OrderPlaced
from orders.models import Customer, Order
from orders.pricing import NewLine, OrderRefused, Priced, price_as_agreed
from orders.services.placing import Wanted, place_priced
from outbox.wiring import publishes


class ReferenceTaken(OrderRefused):
    """Another order has this reference."""


@publishes(OrderPlaced)
def import_order(
    *, reference: str, placed_at: datetime | None = None, **wanted: Unpack[Wanted]
) -> Order:
    """Place an order under its reference, or return the one that was placed under it.

    The other system has agreed on its price: no shipping and no tax is added.

    :param placed_at: when the other system took it; now by default.
    :raises ReferenceTaken: an order of another customer, or for other goods, has the reference.
    :raises OrderRefused: as :func:`orders.services.place_order` does.
    """
    order = Order.objects.filter(reference=reference).first()
    if order is None:
        when = placed_at or timezone.now()
        order = place_priced(wanted, _agreed, placed_at=when, reference=reference)
    _require_same(order, wanted["customer"], wanted["lines"])
    return order


def _agreed(wanted: Wanted, _country: str) -> tuple[Priced, str]:
    return price_as_agreed(wanted["lines"], wanted.get("currency"))


def _require_same(order: Order, customer: Customer, lines: Sequence[NewLine]) -> None:
    goods = Counter[str]()
    for line in lines:
        goods[line.sku] += line.quantity
    ordered = Counter[str]()
    for sku, quantity in order.lines.values_list("sku", "quantity"):
        ordered[sku] += quantity
    if (order.customer_id, ordered) != (customer.id, goods):
        raise ReferenceTaken(f"{order.reference} is the reference of another order, {order.id}")
