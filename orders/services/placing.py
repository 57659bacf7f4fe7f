"""Record what customers order, and announce it; the chosen flow takes it from there."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from inventory.commands import AwaitInventory
from orders.events import OrderBackordered, OrderPlaced
from orders.flows import FLOWS, RESERVE_FIRST
from orders.models import Customer, Order, OrderLine, OrderStatus
from orders.pricing import NewLine, OrderRefused, price_lines
from orders.services.announcements import announce_backordered, announce_placed
from outbox.kit.rows import bulk
from outbox.kit.rows.pipelining import in_one_trip
from outbox.wiring import publishes


class UnknownFlow(OrderRefused):
    """No flow has this name."""


class TotalDiffers(OrderRefused):
    """The order costs something else than whoever orders has been told."""


class NotInParts(OrderRefused):
    """An order is to be partial in a flow that takes money before it holds goods."""


@publishes(OrderPlaced, OrderBackordered, AwaitInventory)
def place_order(  # noqa: PLR0913 - the facts of an order
    *,
    customer: Customer,
    lines: Sequence[NewLine],
    payment_method: str,
    flow: str | None = None,
    partial: bool = False,
    reference: str | None = None,
    placed_at: datetime | None = None,
    expected_total: int | None = None,
) -> Order:
    """Record a pending order and announce it; the chosen flow takes it from there.

    :param flow: the setting ``ORDER_FLOW`` when ``None``, or ``reserve_first`` for a partial order.
    :param partial: send what there is, and the rest when it comes: the order waits until some of
        its goods are held, is placed with these, and the rest becomes an order of its own.
    :param reference: the caller's own number; one that exists returns the order that bears it.
    :param expected_total: minor units; what whoever orders believes that it costs.
    :raises TotalDiffers: it costs something else.
    :raises UnknownFlow: no flow has this name.
    :raises NotInParts: it is partial, and the flow does not hold goods before it takes money.
    :raises UnknownSku: a line names a product that is not for sale.
    :raises OrderRefused: there are no lines, or they are not of one currency.
    """
    flow = flow or (RESERVE_FIRST if partial else settings.ORDER_FLOW)
    _require_flow(flow, partial=partial)
    order_lines, currency = price_lines(lines)
    amount = sum(line.amount for line in order_lines)
    if expected_total not in {None, amount}:
        raise TotalDiffers(f"the order costs {amount}, and {expected_total} was expected")
    order = Order(
        customer=customer,
        reference=reference,
        flow=flow,
        partial=partial,
        status=OrderStatus.WAITING if partial else OrderStatus.PENDING,
        payment_method=payment_method if partial else "",
        amount=amount,
        currency=currency,
        country=customer.country,
        placed_at=placed_at or timezone.now(),
    )
    for line in order_lines:
        line.order = order
    with in_one_trip():
        if earlier := _insert_unless_known(order, order_lines):
            return earlier
        if partial:
            announce_backordered(order, order_lines)
        else:
            announce_placed(order, order_lines, payment_method=payment_method)
    return order


def _require_flow(flow: str, *, partial: bool) -> None:
    if flow not in FLOWS:
        raise UnknownFlow(f"{flow} is no flow: choose one of {', '.join(sorted(FLOWS))}")
    if partial and flow != RESERVE_FIRST:
        raise NotInParts(
            f"{flow} takes money before it holds goods: a partial order takes {RESERVE_FIRST}"
        )


def _insert_unless_known(order: Order, lines: Sequence[OrderLine]) -> Order | None:
    """Insert an order under its reference; return the one that bears it already, if one does."""
    if order.reference is None:
        bulk.write(bulk.insertion([order]), bulk.insertion(lines))
        return None
    Order.objects.bulk_create([order], ignore_conflicts=True)
    bearer = Order.objects.get(reference=order.reference)
    if bearer.pk != order.pk:
        return bearer
    bulk.insert(lines)
    return None
