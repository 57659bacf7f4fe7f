"""Record what customers order, and announce it; the chosen flow takes it from there."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from orders.events import OrderedLine, OrderPlaced
from orders.flows import FLOWS
from orders.models import Customer, Order
from orders.pricing import NewLine, OrderRefused, price_lines
from outbox import bulk
from outbox.publishing import publish
from outbox.wiring import publishes


class UnknownFlow(OrderRefused):
    """No flow has this name."""


@publishes(OrderPlaced)
@transaction.atomic
def place_order(  # noqa: PLR0913 - the facts of an order
    *,
    customer: Customer,
    lines: Sequence[NewLine],
    payment_method: str,
    flow: str | None = None,
    reference: str | None = None,
    placed_at: datetime | None = None,
) -> Order:
    """Record a pending order and announce it; the chosen flow takes it from there.

    :param flow: the setting ``ORDER_FLOW`` when ``None``.
    :param reference: the caller's own number; one that exists returns the order that bears it.
    :raises UnknownFlow: no flow has this name.
    :raises UnknownSku: a line names a product that is not for sale.
    :raises OrderRefused: there are no lines, or they are not of one currency.
    """
    flow = flow or settings.ORDER_FLOW
    if flow not in FLOWS:
        raise UnknownFlow(f"{flow} is no flow: choose one of {', '.join(sorted(FLOWS))}")
    order_lines, currency = price_lines(lines)
    order = Order(
        customer=customer,
        reference=reference,
        flow=flow,
        amount=sum(line.amount for line in order_lines),
        currency=currency,
        country=customer.country,
        placed_at=placed_at or timezone.now(),
    )
    if earlier := _insert_unless_known(order):
        return earlier
    for line in order_lines:
        line.order = order
    bulk.insert(order_lines)
    publish(
        OrderPlaced(
            order_id=order.id,
            customer_id=customer.id,
            customer_name=customer.name,
            lines=tuple(
                OrderedLine(line.sku, line.quantity, line.amount, line.name) for line in order_lines
            ),
            amount=order.amount,
            currency=order.currency,
            payment_method=payment_method,
            placed_at=order.placed_at,
            country=order.country,
        ),
        conversation=order.id,
        flow=order.flow,
    )
    return order


def _insert_unless_known(order: Order) -> Order | None:
    """Insert an order under its reference; return the one that bears it already, if one does."""
    if order.reference is None:
        bulk.insert([order])
        return None
    Order.objects.bulk_create([order], ignore_conflicts=True)
    bearer = Order.objects.get(reference=order.reference)
    return None if bearer.pk == order.pk else bearer
