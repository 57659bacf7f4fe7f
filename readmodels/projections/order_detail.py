"""One order with all its details: lines, shipments and timeline."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from inventory.events import (
    InventoryAllotted,
    InventoryHeld,
    InventoryReleased,
    InventoryReserved,
)
from orders.events import (
    OrderBackordered,
    OrderCancellationRequested,
    OrderCancelled,
    OrderConfirmed,
    OrderFulfilled,
    OrderPlaced,
    ShipmentDispatched,
)
from payments.events import (
    WITHDRAWN,
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentCompleted,
    PaymentFailed,
    PaymentPartCaptured,
    PaymentRefunded,
    PaymentRefundedByHand,
    PaymentRefundFailed,
)
from readmodels.models import OrderDetail
from readmodels.projection import Projection
from readmodels.projections import facets, orders

order_detail = Projection("order_detail", OrderDetail)


@order_detail.on(OrderBackordered)
def backordered(row: OrderDetail, event: OrderBackordered) -> None:
    orders.backordered(row, event)
    _begin(row, event)
    note(row, event.placed_at, "OrderBackordered")


@order_detail.on(OrderPlaced)
def placed(row: OrderDetail, event: OrderPlaced) -> None:
    orders.placed(row, event)
    _begin(row, event)
    note(row, event.placed_at, "OrderPlaced")


def _begin(row: OrderDetail, event: OrderBackordered | OrderPlaced) -> None:
    row.country = event.country
    row.lines = [
        {
            "number": number,
            "sku": line.sku,
            "name": line.name,
            "quantity": line.quantity,
            "sent": 0,
            "returned": 0,
            "amount": line.amount,
        }
        for number, line in enumerate(event.lines, start=1)
    ]
    row.adjustments = [msgspec.to_builtins(each) for each in event.adjustments]


@order_detail.on(OrderConfirmed)
def confirmed(row: OrderDetail, event: OrderConfirmed) -> None:
    orders.confirmed(row, event)
    note(row, event.confirmed_at, "OrderConfirmed")


@order_detail.on(ShipmentDispatched)
def dispatched(row: OrderDetail, event: ShipmentDispatched) -> None:
    if any(each["id"] == str(event.shipment_id) for each in row.shipments):
        return
    row.shipments.append(
        {
            "id": str(event.shipment_id),
            "amount": event.amount,
            "carrier": event.carrier,
            "tracking": event.tracking,
            "dispatched_at": text(event.dispatched_at),
            "lines": [msgspec.structs.asdict(line) for line in event.lines],
        }
    )
    units = {line.number: line.quantity for line in event.lines}
    for line in row.lines:
        line["sent"] += units.get(line["number"], 0)
    facets.sent_in_part(row)
    note(row, event.dispatched_at, "ShipmentDispatched", amount=event.amount)


@order_detail.on(OrderFulfilled)
def fulfilled(row: OrderDetail, event: OrderFulfilled) -> None:
    orders.fulfilled(row, event)
    row.fulfilled_at = event.fulfilled_at
    facets.sent(row)
    note(row, event.fulfilled_at, "OrderFulfilled")


order_detail.on(OrderCancellationRequested)(orders.cancellation_requested)


@order_detail.on(OrderCancelled)
def cancelled(row: OrderDetail, event: OrderCancelled) -> None:
    orders.cancelled(row, event)
    facets.given_up(row)
    note(row, event.cancelled_at, "OrderCancelled", reason_code=event.reason_code)


@order_detail.on(PaymentActionRequired)
def action_required(row: OrderDetail, event: PaymentActionRequired) -> None:
    facets.to_be_confirmed(row, event)
    note(row, event.required_at, "PaymentActionRequired", amount=event.amount)


@order_detail.on(PaymentAcceptedByBank)
def accepted_by_bank(row: OrderDetail, event: PaymentAcceptedByBank) -> None:
    facets.in_process(row, event)
    note(row, event.since, "PaymentAcceptedByBank", amount=event.amount)


@order_detail.on(PaymentAuthorized)
def authorized(row: OrderDetail, event: PaymentAuthorized) -> None:
    facets.set_aside(row)
    note(row, event.authorized_at, "PaymentAuthorized", amount=event.amount)


@order_detail.on(PaymentCompleted)
def paid(row: OrderDetail, event: PaymentCompleted) -> None:
    facets.taken(row, event)
    if event.amount:
        note(row, event.captured_at, "PaymentCompleted", amount=event.amount)


@order_detail.on(PaymentPartCaptured)
def part_captured(row: OrderDetail, event: PaymentPartCaptured) -> None:
    facets.taken_in_part(row, event)
    if event.amount:
        note(row, event.captured_at, "PaymentPartCaptured", amount=event.amount)


@order_detail.on(PaymentFailed)
def payment_failed(row: OrderDetail, event: PaymentFailed) -> None:
    facets.not_paid(row)
    if event.decline_code != WITHDRAWN:
        note(row, event.failed_at, "PaymentFailed", reason_code=event.reason_code)


@order_detail.on(PaymentRefunded)
def refunded(row: OrderDetail, event: PaymentRefunded) -> None:
    facets.gone_back(row, event)
    if event.amount:
        note(row, event.refunded_at, "PaymentRefunded", amount=event.amount)


@order_detail.on(PaymentRefundedByHand)
def refunded_by_hand(row: OrderDetail, event: PaymentRefundedByHand) -> None:
    facets.paid_back_in_part(row)
    note(row, event.refunded_at, "PaymentRefundedByHand", amount=event.amount)


@order_detail.on(PaymentRefundFailed)
def refund_failed(row: OrderDetail, event: PaymentRefundFailed) -> None:
    facets.came_back(row, event)
    note(row, event.failed_at, "PaymentRefundFailed", amount=event.amount)


order_detail.on(InventoryAllotted)(facets.held)
order_detail.on(InventoryHeld)(facets.held)
order_detail.on(InventoryReserved)(facets.reserved)
order_detail.on(InventoryReleased)(facets.released)


def note(row: OrderDetail, at: datetime | None, event: str, **facts: Any) -> None:
    """Enter an event in the timeline, once however often it is published.

    An event of earlier code that does not state its time is not entered.
    """
    entry = {"at": text(at), "event": event, **facts} if at else None
    if entry and entry not in row.timeline:
        row.timeline.append(entry)
        row.timeline.sort(key=lambda each: (each["at"], each["event"]))


def text(at: datetime) -> str:
    """Return a time as text that sorts by time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
