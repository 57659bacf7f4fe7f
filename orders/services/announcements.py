"""Publish that an order was placed, or waits for goods."""

from collections.abc import Iterable, Sequence

from inventory.commands import AwaitInventory, WantedLine
from orders.events import OrderBackordered, OrderedLine, OrderPlaced
from orders.models import Order, OrderLine
from outbox.publishing import publish


def announce_placed(order: Order, lines: Iterable[OrderLine], *, payment_method: str) -> None:
    """Publish that a pending order exists; its flow continues from there."""
    publish(
        OrderPlaced(
            order_id=order.id,
            customer_id=order.customer_id,
            lines=_ordered(lines),
            amount=order.amount,
            currency=order.currency,
            payment_method=payment_method,
            placed_at=order.placed_at,
            country=order.country,
        ),
        conversation=order.id,
        flow=order.flow,
    )


def announce_backordered(order: Order, lines: Sequence[OrderLine]) -> None:
    """Publish that an order waits for goods, and ask inventory to hold them when they come."""
    publish(
        OrderBackordered(
            order_id=order.id,
            customer_id=order.customer_id,
            lines=_ordered(lines),
            amount=order.amount,
            currency=order.currency,
            placed_at=order.placed_at,
            country=order.country,
            backorder_of=order.backorder_of_id,
        ),
        conversation=order.id,
        flow=order.flow,
    )
    publish(
        AwaitInventory(
            order_id=order.id,
            customer_id=order.customer_id,
            lines=tuple(WantedLine(line.sku, line.quantity) for line in lines),
            since=order.placed_at,
        ),
        conversation=order.id,
        flow=order.flow,
    )


def _ordered(lines: Iterable[OrderLine]) -> tuple[OrderedLine, ...]:
    return tuple(OrderedLine(line.sku, line.quantity, line.amount, line.name) for line in lines)
