"""Orders for lists: a customer's dashboard, the staff's search."""

from typing import TypeAlias

from orders.events import (
    OrderBackordered,
    OrderCancellationRequested,
    OrderCancelled,
    OrderConfirmed,
    OrderFulfilled,
    OrderPlaced,
)
from readmodels.models import OrderDetail, OrderSummary
from readmodels.projection import Projection

Head: TypeAlias = OrderSummary | OrderDetail
"""The columns that an order's summary and its details share."""

order_summary = Projection("order_summary", OrderSummary)


@order_summary.on(OrderBackordered)
def backordered(row: Head, event: OrderBackordered) -> None:
    _begin(row, event, status="waiting")
    row.backorder_of = event.backorder_of


@order_summary.on(OrderPlaced)
def placed(row: Head, event: OrderPlaced) -> None:
    _begin(row, event, status="pending")


def _begin(row: Head, event: OrderBackordered | OrderPlaced, *, status: str) -> None:
    row.number = event.number
    row.customer_id = event.customer_id
    row.item_count = sum(line.quantity for line in event.lines)
    row.amount = event.amount
    row.currency = event.currency
    row.status = status
    row.placed_at = event.placed_at


@order_summary.on(OrderConfirmed)
def confirmed(row: Head, event: OrderConfirmed) -> None:
    row.status = "confirmed"
    row.confirmed_at = event.confirmed_at


@order_summary.on(OrderFulfilled)
def fulfilled(row: Head, _event: OrderFulfilled) -> None:
    row.status = "fulfilled"


@order_summary.on(OrderCancellationRequested)
def cancellation_requested(row: Head, event: OrderCancellationRequested) -> None:
    row.status = "cancelling"
    row.reason_code = event.reason_code


@order_summary.on(OrderCancelled)
def cancelled(row: Head, event: OrderCancelled) -> None:
    row.status = "cancelled"
    row.reason_code = event.reason_code
    row.cancelled_at = event.cancelled_at
