"""Cancel, return and close for customers: the same use cases, recorded as operators' acts.

What would refund more than one person may give back becomes a proposal.
"""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from orders.events import (
    OrderCancellationRequested,
    OrderReturnExpected,
    OrderReturnGivenUp,
    OrderReturnRequested,
)
from orders.flows import RESERVE_FIRST
from orders.models import Order, OrderReturn, OrderStatus, ProposedAct, ReasonCode, RefundProposal
from orders.services.approvals import carries_out, needs_another, propose
from orders.services.cancelling import request_cancellation, require_nothing_sent
from orders.services.closing import close_order, worth_of_rest
from orders.services.locks import lock_order, require_no_return
from orders.services.receiving import give_up_return
from orders.services.returnable import LineToReturn
from orders.services.returns import request_return, worth_of_return
from outbox.acts import record_act
from outbox.wiring import publishes

MAY_BE_PAID = (OrderStatus.PENDING, OrderStatus.CONFIRMED)
"""Statuses in which a cancellation may refund money."""


@publishes(OrderCancellationRequested)
@transaction.atomic
def cancel_for_customer(*, order_id: UUID, reason: str, by: AbstractUser) -> Order | RefundProposal:
    """Cancel an order for its customer, or propose it; raises as :func:`request_cancellation`.

    :raises ReturnRefused: another proposal of this order is open.
    :raises ReasonMissing: no reason is given.
    """
    order = lock_order(order_id)
    amount = order.amount - order.returned_amount
    if order.status in MAY_BE_PAID and needs_another(order, amount):
        require_nothing_sent(order)
        require_no_return(order)
        return propose(order, ProposedAct.CANCELLATION, amount=amount, reason=reason, by=by)
    order = request_cancellation(order_id=order_id, reason_code=ReasonCode.CANCELLED_BY_STAFF)
    _record(by, "cancel order", order_id, reason)
    return order


@publishes(OrderReturnRequested, OrderCancellationRequested)
@transaction.atomic
def return_for_customer(
    *, order_id: UUID, lines: Sequence[LineToReturn], reason: str, by: AbstractUser
) -> OrderReturn | RefundProposal | None:
    """Return units of lines for the customer, or propose it; like :func:`request_return`.

    :raises ReasonMissing: no reason is given.
    """
    order, amount = worth_of_return(order_id, lines)
    if needs_another(order, amount):
        details = {"lines": [asdict(line) for line in lines]}
        return propose(
            order, ProposedAct.RETURN, amount=amount, reason=reason, by=by, details=details
        )
    made = request_return(
        order_id=order_id, lines=lines, reason=reason, reason_code=ReasonCode.CANCELLED_BY_STAFF
    )
    _record(by, "return lines", order_id, reason)
    return made


@publishes(OrderReturnRequested)
@transaction.atomic
def close_by_staff(
    *, order_id: UUID, reason: str, by: AbstractUser
) -> OrderReturn | RefundProposal | None:
    """Give up what has not left of an order, or propose it; like :func:`close_order`.

    What is only set aside is not refunded, and needs no second person.

    :raises ReasonMissing: no reason is given.
    """
    if Order.objects.filter(pk=order_id, status=OrderStatus.FULFILLED).exists():
        return None
    order, amount = worth_of_rest(order_id)
    if order.flow != RESERVE_FIRST and needs_another(order, amount):
        return propose(order, ProposedAct.CLOSING, amount=amount, reason=reason, by=by)
    made = close_order(order_id=order_id, reason=reason)
    _record(by, "close order", order_id, reason)
    return made


@publishes(OrderReturnRequested)
@carries_out(ProposedAct.CLOSING)
def close_as_agreed(proposal: RefundProposal, _by: AbstractUser) -> OrderReturn | None:
    """Carry out an approved closing."""
    return close_order(order_id=proposal.order_id, reason=proposal.reason)


@publishes(OrderCancellationRequested)
@carries_out(ProposedAct.CANCELLATION)
def cancel_as_agreed(proposal: RefundProposal, _by: AbstractUser) -> Order:
    """Carry out an approved cancellation."""
    return request_cancellation(
        order_id=proposal.order_id, reason_code=ReasonCode.CANCELLED_BY_STAFF
    )


@publishes(OrderReturnGivenUp)
@transaction.atomic
def give_up_for_customer(*, return_id: UUID, reason: str, by: AbstractUser) -> OrderReturn:
    """Give an expected return up for its customer; raises as :func:`give_up_return`.

    :raises ReasonMissing: no reason is given.
    """
    returned = give_up_return(return_id=return_id, reason=reason)
    _record(by, "give up return", returned.order_id, reason)
    return returned


@publishes(OrderReturnRequested, OrderReturnExpected, OrderCancellationRequested)
@carries_out(ProposedAct.RETURN)
def return_as_agreed(proposal: RefundProposal, _by: AbstractUser) -> OrderReturn | None:
    """Carry out an approved return."""
    return request_return(
        order_id=proposal.order_id,
        lines=[LineToReturn(**line) for line in proposal.details["lines"]],
        reason=proposal.reason,
        reason_code=ReasonCode.CANCELLED_BY_STAFF,
    )


def _record(by: AbstractUser, verb: str, order_id: UUID, reason: str) -> None:
    record_act(
        actor=by.get_username(),
        verb=verb,
        subject=f"order {order_id}",
        reason=reason,
        correlation_id=order_id,
        details={"account": by.pk},
    )
