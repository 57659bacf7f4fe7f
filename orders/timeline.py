"""Timeline entries of an order: its changes of status, and its returns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from orders.events import (
    OrderBackordered,
    OrderCancelled,
    OrderConfirmed,
    OrderFulfilled,
    OrderPlaced,
    OrderReturnCompleted,
    OrderReturnExpected,
    OrderReturnGivenUp,
    OrderReturnReceived,
    OrderReturnRequested,
    ShipmentDispatched,
    ShipmentDispatchRequested,
)
from orders.models import (
    IN_STATUS,
    Order,
    OrderReturn,
    OrderStatus,
    ReasonCode,
    ReturnStatus,
    Shipment,
    ShipmentStatus,
)
from outbox.kit.money import money
from outbox.kit.timeline import LoggedMessage, Subject, TimelineEntry
from outbox.kit.wording import goods
from outbox.messages import Event

BY_WHOM: dict[str, str] = {
    ReasonCode.CANCELLED_BY_CUSTOMER: " for the customer",
    ReasonCode.CANCELLED_BY_STAFF: " by staff",
    ReasonCode.PAYMENT_UNRESOLVED: " with its payment unresolved",
    ReasonCode.TOO_MANY_UNPAID_HOLDS: ", since its customer held goods for too many unpaid orders",
}
"""Reasons that no other entry of the timeline names."""


def entries(subject: Subject) -> Iterator[TimelineEntry]:
    """Yield the order's changes of status, and the beginning and end of each return."""
    order = _order(subject)
    placed = f"{money(order.amount, order.currency)}, {order.flow}"
    if order.partial:
        yield _entry(subject, order.placed_at, "backordered", announced_as=OrderBackordered)
    if order.was_placed:
        placed_at = order.waited_until or order.placed_at
        yield _entry(subject, placed_at, "placed", announced_as=OrderPlaced, detail=placed)
    if at := order.confirmed_at:
        clause = f"confirmed {subject.clock(at)}"
        yield _entry(subject, at, "confirmed", announced_as=OrderConfirmed, clause=clause)
    for shipment in order.shipments.prefetch_related("lines__line").order_by("dispatched_at"):
        yield from _of_shipment(subject, shipment)
    if at := order.fulfilled_at:
        sent = subject.published(ShipmentDispatched)
        yield _entry(subject, at, "fulfilled", announced_as=OrderFulfilled, behind=sent)
    if at := order.cancelled_at:
        reason = order.reason_code
        clause = f"cancelled{BY_WHOM.get(reason, '')} {subject.clock(at)}"
        yield _entry(
            subject, at, "cancelled", announced_as=OrderCancelled, detail=reason, clause=clause
        )
    for returned in order.returns.select_related("order").order_by("requested_at"):
        yield from _of_return(subject, returned)


def _order(subject: Subject) -> Order:
    return Order.objects.get(pk=subject.order_id)


def standing(subject: Subject) -> Iterator[str]:
    """Yield what has not ended yet."""
    order = _order(subject)
    if order.status == OrderStatus.CANCELLING:
        yield "its cancellation is under way"
    elif order.status == OrderStatus.WAITING:
        yield "it waits for goods"
    elif order.status == OrderStatus.PENDING:
        yield "it is pending"
    if order.shipments.filter(status=ShipmentStatus.DISPATCHING).exists():
        yield "a shipment is leaving"
    elif order.sent_at and order.status == OrderStatus.CONFIRMED:
        yield "the rest is still to be sent"
    if order.returns.filter(IN_STATUS[ReturnStatus.UNDER_WAY]).exists():
        yield "a return is under way"
    if order.returns.filter(IN_STATUS[ReturnStatus.EXPECTED]).exists():
        yield "the goods of a return are expected"
    if order.needs_attention:
        yield f"it needs attention: {order.attention_reason}"


def _of_shipment(subject: Subject, shipment: Shipment) -> Iterator[TimelineEntry]:
    units = goods((each.line.sku, each.quantity) for each in shipment.lines.all())
    if shipment.dispatch_requested_at:
        yield _entry(
            subject,
            shipment.dispatch_requested_at,
            "dispatch requested",
            announced_as=ShipmentDispatchRequested,
            detail=units,
            shipment_id=shipment.id,
        )
    if not shipment.dispatched_at:
        return
    carried = " ".join(part for part in (shipment.carrier, shipment.tracking) if part)
    yield _entry(
        subject,
        shipment.dispatched_at,
        "shipment dispatched",
        announced_as=ShipmentDispatched,
        detail=f"{units}, {carried}" if carried else units,
        clause=f"{units} sent {subject.clock(shipment.dispatched_at)}",
        shipment_id=shipment.id,
    )


def _of_return(subject: Subject, returned: OrderReturn) -> Iterator[TimelineEntry]:
    amount = money(returned.amount, returned.order.currency)
    if returned.expected_until:
        yield from _of_goods_back(subject, returned)
    else:
        yield _entry(
            subject,
            returned.requested_at,
            "return requested",
            announced_as=OrderReturnRequested,
            detail=", ".join(part for part in (amount, returned.reason) if part),
            return_id=returned.id,
        )
    if at := returned.completed_at:
        yield _entry(
            subject,
            at,
            "return completed",
            announced_as=OrderReturnCompleted,
            detail=amount,
            return_id=returned.id,
        )


def _of_goods_back(subject: Subject, returned: OrderReturn) -> Iterator[TimelineEntry]:
    worth = money(returned.expected_amount, returned.order.currency)
    units = _goods_of(returned.expected_lines)
    entry = partial(_entry, subject, return_id=returned.id)
    detail = ", ".join(part for part in (units, worth, returned.reason) if part)
    asked_for = returned.requested_at
    yield entry(asked_for, "return expected", announced_as=OrderReturnExpected, detail=detail)
    if at := returned.received_at:
        lost = _goods_of(returned.written_off)
        detail = _goods_of(returned.lines or ()) + (f", not for sale: {lost}" if lost else "")
        yield entry(at, "return received", announced_as=OrderReturnReceived, detail=detail)
    if at := returned.given_up_at:
        clause = f"the return of {units} given up {subject.clock(at)}"
        detail = returned.given_up_because
        yield entry(
            at, "return given up", announced_as=OrderReturnGivenUp, detail=detail, clause=clause
        )


def _goods_of(lines: Iterable[Mapping[str, Any]]) -> str:
    return goods((line["sku"], line["quantity"]) for line in lines)


def _entry(  # noqa: PLR0913 - the fields of an entry
    subject: Subject,
    at: datetime,
    what: str,
    *,
    announced_as: type[Event],
    detail: str = "",
    clause: str = "",
    behind: Sequence[LoggedMessage] = (),
    **fields: UUID,
) -> TimelineEntry:
    """Make an entry between the message that announces it and the cause of that message.

    :param behind: messages of the same cause that it follows too.
    """
    announced = subject.published(announced_as, **fields)[:1]
    causes = subject.cause_of(announced[0]) if announced else ()
    return TimelineEntry(
        at=at,
        source="order",
        what=what,
        detail=detail,
        clause=clause,
        table="orders_order",
        key=subject.order_id,
        after=(*causes, *(each.id for each in behind)),
        before=tuple(each.id for each in announced),
    )
