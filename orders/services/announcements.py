"""Publish that an order was placed, or waits for goods; make the events of returns."""

from collections.abc import Iterable, Mapping
from typing import Any

from inventory.commands import AwaitInventory, WantedLine
from orders.events import (
    OrderAdjustment,
    OrderBackordered,
    OrderedLine,
    OrderPlaced,
    OrderReturnExpected,
    OrderReturnGivenUp,
    OrderReturnReceived,
    ReturnedLine,
)
from orders.models import Adjustment, Order, OrderLine, OrderReturn
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


def expected(returned: OrderReturn) -> OrderReturnExpected:
    """Return the event of an expected return.

    :raises ValueError: it waits for no goods.
    """
    if returned.expected_until is None:
        raise ValueError(f"{returned} waits for no goods")
    return OrderReturnExpected(
        order_id=returned.order_id,
        return_id=returned.id,
        expected=_returned_lines(returned.expected_lines),
        worth=returned.expected_amount,
        currency=returned.order.currency,
        until=returned.expected_until,
        requested_at=returned.requested_at,
    )


def received(returned: OrderReturn) -> OrderReturnReceived:
    """Return the event of a return whose goods are back.

    :raises ValueError: they are not.
    """
    if returned.received_at is None:
        raise ValueError(f"{returned} has not been received")
    return OrderReturnReceived(
        order_id=returned.order_id,
        return_id=returned.id,
        amount=returned.amount,
        currency=returned.order.currency,
        lines=_returned_lines(returned.lines or ()),
        written_off=_returned_lines(returned.written_off),
        received_at=returned.received_at,
    )


def given_up(returned: OrderReturn) -> OrderReturnGivenUp:
    """Return the event of a return that was given up.

    :raises ValueError: it was not.
    """
    if returned.given_up_at is None:
        raise ValueError(f"{returned} has not been given up")
    return OrderReturnGivenUp(
        order_id=returned.order_id,
        return_id=returned.id,
        reason=returned.given_up_because,
        given_up_at=returned.given_up_at,
    )


def _returned_lines(kept: Iterable[Mapping[str, Any]]) -> tuple[ReturnedLine, ...]:
    return tuple(ReturnedLine(**line) for line in kept)
