"""Publish that an order was placed, or waits for goods."""

from collections.abc import Iterable

from inventory.commands import AwaitInventory, WantedLine
from orders.events import OrderAdjustment, OrderBackordered, OrderedLine, OrderPlaced
from orders.models import Adjustment, Order, OrderLine
from orders.pricing import Priced
from outbox.publishing import publish


def announce_placed(order: Order, priced: Priced, *, payment_method: str) -> None:
    """Publish that a pending order exists; its flow continues from there.

    The payment method is saved for what is missing of it, and used again for a backorder.
    """
    publish(
        OrderPlaced(
            order_id=order.id,
            customer_id=order.customer_id,
            lines=ordered_lines(priced.lines),
            amount=order.amount,
            currency=order.currency,
            payment_method=payment_method,
            placed_at=order.placed_at,
            country=order.country,
            adjustments=order_adjustments(priced.adjustments),
            number=order.number,
            keeps_method=bool(order.missing),
            method_of=order.backorder_of_id,
        ),
        conversation=order.id,
        flow=order.flow,
    )


def announce_backordered(order: Order, priced: Priced) -> None:
    """Publish that an order waits for goods, and ask inventory to hold them when they come."""
    publish(
        OrderBackordered(
            order_id=order.id,
            customer_id=order.customer_id,
            lines=ordered_lines(priced.lines),
            amount=order.amount,
            currency=order.currency,
            placed_at=order.placed_at,
            country=order.country,
            adjustments=order_adjustments(priced.adjustments),
            number=order.number,
            backorder_of=order.backorder_of_id,
        ),
        conversation=order.id,
        flow=order.flow,
    )
    publish(
        AwaitInventory(
            order_id=order.id,
            customer_id=order.customer_id,
            lines=tuple(WantedLine(line.sku, line.quantity) for line in priced.lines),
            since=order.placed_at,
        ),
        conversation=order.id,
        flow=order.flow,
    )


def ordered_lines(lines: Iterable[OrderLine]) -> tuple[OrderedLine, ...]:
    """Return lines as events state them."""
    return tuple(OrderedLine(line.sku, line.quantity, line.amount, line.name) for line in lines)


def order_adjustments(adjustments: Iterable[Adjustment]) -> tuple[OrderAdjustment, ...]:
    """Return adjustments as events state them."""
    return tuple(
        OrderAdjustment(
            kind=each.kind,
            amount=each.amount,
            reason=each.reason,
            line=each.line,
            included=each.included,
            rate=None if each.rate is None else f"{each.rate:.3f}",
            jurisdiction=each.jurisdiction,
        )
        for each in adjustments
    )
