"""The returns of one order, among its details."""

from collections.abc import Iterable
from typing import Any, TypeAlias

from orders.events import (
    OrderReturnCompleted,
    OrderReturnExpected,
    OrderReturnGivenUp,
    OrderReturnReceived,
    OrderReturnRequested,
    ReturnedLine,
)
from payments.events import PaymentPartRefunded
from readmodels.models import OrderDetail
from readmodels.projections import facets
from readmodels.projections.order_detail import note, order_detail, text

OfReturn: TypeAlias = (
    OrderReturnExpected
    | OrderReturnReceived
    | OrderReturnGivenUp
    | OrderReturnRequested
    | OrderReturnCompleted
    | PaymentPartRefunded
)
"""Events that name a return."""


@order_detail.on(OrderReturnExpected)
def return_expected(row: OrderDetail, event: OrderReturnExpected) -> None:
    returned = _return_of(row, event)
    if returned["amount"] is None:
        returned |= {"status": "expected", "amount": event.worth, "until": text(event.until)}
    note(row, event.requested_at, "OrderReturnExpected", amount=event.worth)


@order_detail.on(OrderReturnReceived)
def return_received(row: OrderDetail, event: OrderReturnReceived) -> None:
    returned = _return_of(row, event)
    if returned["received_at"] is None:
        returned["received_at"] = text(event.received_at)
        _take_back(row, returned, event.amount, event.lines)
    note(row, event.received_at, "OrderReturnReceived", amount=event.amount)


@order_detail.on(OrderReturnGivenUp)
def return_given_up(row: OrderDetail, event: OrderReturnGivenUp) -> None:
    _return_of(row, event)["status"] = "given_up"
    note(row, event.given_up_at, "OrderReturnGivenUp")


@order_detail.on(OrderReturnRequested)
def return_requested(row: OrderDetail, event: OrderReturnRequested) -> None:
    returned = _return_of(row, event)
    if returned["amount"] is not None:
        return
    _take_back(row, returned, event.amount, event.lines)
    note(row, event.requested_at, "OrderReturnRequested", amount=event.amount)


@order_detail.on(OrderReturnCompleted)
def return_completed(row: OrderDetail, event: OrderReturnCompleted) -> None:
    returned = _return_of(row, event)
    returned |= {"status": "completed", "completed_at": text(event.completed_at)}
    facets.paid_out(row)
    note(row, event.completed_at, "OrderReturnCompleted", amount=event.amount)


@order_detail.on(PaymentPartRefunded)
def part_refunded(row: OrderDetail, event: PaymentPartRefunded) -> None:
    _return_of(row, event)["refunded"] = event.amount
    if event.amount:
        note(row, event.refunded_at, "PaymentPartRefunded", amount=event.amount)


def _take_back(
    row: OrderDetail, returned: dict[str, Any], amount: int, lines: Iterable[ReturnedLine]
) -> None:
    if returned["status"] != "completed":
        returned["status"] = "under_way"
    returned["amount"] = amount
    row.returned_amount += amount
    units = {line.number: line.quantity for line in lines}
    for line in row.lines:
        line["returned"] += units.get(line["number"], 0)


def _return_of(row: OrderDetail, event: OfReturn) -> dict[str, Any]:
    """Return the row's entry of a return, a new one if need be.

    Its amount is unknown until it is announced or requested: reconstructed events of payments may
    come first.
    """
    known = next((each for each in row.returns if each["id"] == str(event.return_id)), None)
    if known is None:
        known = {
            "id": str(event.return_id),
            "status": "under_way",
            "amount": None,
            "refunded": 0,
            "until": None,
            "received_at": None,
            "completed_at": None,
        }
        row.returns.append(known)
    return known
