"""The returns of one order, among its details."""

from typing import Any

from orders.events import OrderReturnCompleted, OrderReturnRequested
from payments.events import PaymentPartRefunded
from readmodels.models import OrderDetail
from readmodels.projections import facets
from readmodels.projections.order_detail import note, order_detail, text


@order_detail.on(OrderReturnRequested)
def return_requested(row: OrderDetail, event: OrderReturnRequested) -> None:
    returned = _return_of(row, event)
    if returned["amount"] is not None:
        return
    returned["amount"] = event.amount
    row.returned_amount += event.amount
    units = {line.number: line.quantity for line in event.lines}
    for line in row.lines:
        line["returned"] += units.get(line["number"], 0)
    note(row, event.requested_at, "OrderReturnRequested", amount=event.amount)


@order_detail.on(OrderReturnCompleted)
def return_completed(row: OrderDetail, event: OrderReturnCompleted) -> None:
    _return_of(row, event)["completed_at"] = text(event.completed_at)
    facets.paid_out(row)
    note(row, event.completed_at, "OrderReturnCompleted", amount=event.amount)


@order_detail.on(PaymentPartRefunded)
def part_refunded(row: OrderDetail, event: PaymentPartRefunded) -> None:
    _return_of(row, event)["refunded"] = event.amount
    if event.amount:
        note(row, event.refunded_at, "PaymentPartRefunded", amount=event.amount)


def _return_of(
    row: OrderDetail, event: OrderReturnRequested | OrderReturnCompleted | PaymentPartRefunded
) -> dict[str, Any]:
    """Return the row's entry of a return, a new one if need be.

    Its amount is unknown until it is requested: reconstructed events of payments may come first.
    """
    known = next((each for each in row.returns if each["id"] == str(event.return_id)), None)
    if known is None:
        known = {"id": str(event.return_id), "amount": None, "refunded": 0, "completed_at": None}
        row.returns.append(known)
    return known
