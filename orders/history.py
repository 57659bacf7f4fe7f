"""Reconstruct the events of orders from their tables."""

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from inventory.events import (
    InventoryAllotted,
    InventoryHeld,
    InventoryReserved,
    InventoryRestocked,
)
from orders.events import (
    OrderBackordered,
    OrderCancellationRequested,
    OrderCancelled,
    OrderConfirmed,
    OrderFulfilled,
    OrderPlaced,
    OrderReturnCompleted,
    OrderReturnExpected,
    OrderReturnGivenUp,
    OrderReturnReceived,
    OrderReturnRequested,
    ReturnedLine,
    ShipmentDispatched,
)
from orders.models import Order, OrderReturn, OrderStatus
from orders.services.announcements import (
    expected,
    given_up,
    order_adjustments,
    ordered_lines,
    received,
)
from orders.services.shipping import dispatched
from outbox.history import PastEvent, lists_conversations, reconstructs
from outbox.messages import Event
from payments.events import PaymentCompleted, PaymentPartRefunded

GOODS_TAKEN: frozenset[type[Event]] = frozenset(
    {InventoryAllotted, InventoryHeld, InventoryReserved}
)
"""Precede the confirmation of an order, and never follow its cancellation."""

RETURN_CARRIED_OUT: frozenset[type[Event]] = frozenset(
    {InventoryRestocked, PaymentCompleted, PaymentPartRefunded}
)


@lists_conversations
def orders_after(order_id: UUID, limit: int) -> list[UUID]:
    rows = Order.objects.filter(pk__gt=order_id).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:limit])


@reconstructs(
    OrderBackordered,
    OrderPlaced,
    OrderConfirmed,
    ShipmentDispatched,
    OrderFulfilled,
    OrderCancellationRequested,
    OrderCancelled,
    OrderReturnExpected,
    OrderReturnReceived,
    OrderReturnGivenUp,
    OrderReturnRequested,
    OrderReturnCompleted,
    begins=True,
)
def order_events(order_ids: Collection[UUID]) -> Iterator[PastEvent]:
    """Yield the events of orders."""
    orders = Order.objects.filter(pk__in=list(order_ids))
    shipped = "shipments__lines__line"
    for order in orders.prefetch_related("lines", "adjustments", "returns", shipped):
        yield from _beginning(order)
        yield from _confirmed(order)
        later = list(_sent(order))
        for returned in order.returns.all():
            later += _returned(returned, order.currency)
        yield from sorted(later, key=lambda each: each.at)
        yield from _cancelled(order)


def _beginning(order: Order) -> Iterator[PastEvent]:
    lines = sorted(order.lines.all(), key=lambda line: line.number)
    adjustments = sorted(order.adjustments.all(), key=lambda each: each.number)
    facts: dict[str, Any] = {
        "order_id": order.id,
        "customer_id": order.customer_id,
        "lines": ordered_lines(lines),
        "amount": order.amount,
        "currency": order.currency,
        "placed_at": order.placed_at,
        "country": order.country,
        "adjustments": order_adjustments(adjustments),
        "number": order.number,
    }
    if order.partial:
        waits = OrderBackordered(**facts, backorder_of=order.backorder_of_id)
        yield PastEvent(waits, order.id, order.placed_at)
    if order.was_placed:
        placed = OrderPlaced(**facts, payment_method="", method_of=order.backorder_of_id)
        yield PastEvent(placed, order.id, order.waited_until or order.placed_at)


def _confirmed(order: Order) -> Iterator[PastEvent]:
    if order.confirmed_at:
        event = OrderConfirmed(order_id=order.id, confirmed_at=order.confirmed_at)
        yield PastEvent(event, order.id, order.confirmed_at, GOODS_TAKEN)


def _sent(order: Order) -> Iterator[PastEvent]:
    for shipment in order.shipments.all():
        if shipment.dispatched_at:
            content = sorted(shipment.lines.all(), key=lambda each: each.line.number)
            event = dispatched(shipment, content)
            yield PastEvent(event, order.id, shipment.dispatched_at, GOODS_TAKEN)
    if order.fulfilled_at:
        fulfilled = OrderFulfilled(order_id=order.id, fulfilled_at=order.fulfilled_at)
        yield PastEvent(fulfilled, order.id, order.fulfilled_at, GOODS_TAKEN)


def _cancelled(order: Order) -> Iterator[PastEvent]:
    if order.status == OrderStatus.CANCELLING:
        requested = OrderCancellationRequested(order_id=order.id, reason_code=order.reason_code)
        yield PastEvent(requested, order.id, order.confirmed_at or order.placed_at)
    if order.cancelled_at:
        cancelled = OrderCancelled(
            order_id=order.id, reason_code=order.reason_code, cancelled_at=order.cancelled_at
        )
        yield PastEvent(cancelled, order.id, order.cancelled_at, GOODS_TAKEN)


def _returned(returned: OrderReturn, currency: str) -> Iterator[PastEvent]:
    yield from _back(returned) if returned.expected_until else _requested(returned, currency)
    if returned.completed_at:
        completed = OrderReturnCompleted(
            order_id=returned.order_id,
            return_id=returned.id,
            amount=returned.amount,
            completed_at=returned.completed_at,
        )
        at = max(returned.completed_at, returned.received_at or returned.requested_at)
        yield PastEvent(completed, returned.order_id, at, RETURN_CARRIED_OUT)


def _back(returned: OrderReturn) -> Iterator[PastEvent]:
    """Yield what was expected, and whether it came; the clocks of processes may differ."""
    yield PastEvent(expected(returned), returned.order_id, returned.requested_at)
    if at := returned.received_at:
        yield PastEvent(received(returned), returned.order_id, max(at, returned.requested_at))
    if at := returned.given_up_at:
        yield PastEvent(given_up(returned), returned.order_id, max(at, returned.requested_at))


def _requested(returned: OrderReturn, currency: str) -> Iterator[PastEvent]:
    requested = OrderReturnRequested(
        order_id=returned.order_id,
        return_id=returned.id,
        amount=returned.amount,
        currency=currency,
        lines=tuple(ReturnedLine(**line) for line in returned.lines or ()),
        requested_at=returned.requested_at,
        not_taken=returned.not_taken,
        closes=returned.closes,
    )
    yield PastEvent(requested, returned.order_id, returned.requested_at)
