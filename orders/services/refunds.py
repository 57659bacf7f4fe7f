"""Refund an amount of an order; the customer keeps the goods."""

from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from orders.events import OrderReturnRequested
from orders.models import Order, OrderReturn, ProposedAct, RefundProposal
from orders.services.approvals import (
    ReturnRefused,
    carries_out,
    needs_another,
    propose,
    record,
    require,
)
from orders.services.returns import begin_return, order_to_return
from orders.services.taken import not_taken_of
from outbox.kit.money import money
from outbox.wiring import publishes


@publishes(OrderReturnRequested)
@transaction.atomic
def give_refund(
    *, order_id: UUID, amount: int, reason: str, by: AbstractUser
) -> OrderReturn | RefundProposal:
    """Refund an amount, or propose it if a second person has to approve.

    :raises PermissionDenied: this person lacks the permission.
    :raises ReturnRefused: the order is not confirmed or fulfilled, less is left of it, or another
        proposal of it is open.
    :raises ReasonMissing: no reason is given.
    """
    require(by, "orders.propose_refund")
    order = lock_refundable(order_id, amount)
    if needs_another(order, amount):
        return propose(order, ProposedAct.REFUND, amount=amount, reason=reason, by=by)
    given = request_refund(order_id=order_id, amount=amount, reason=reason)
    record(by, "refund", given, reason)
    return given


@publishes(OrderReturnRequested)
@carries_out(ProposedAct.REFUND)
def refund_as_agreed(proposal: RefundProposal, _by: AbstractUser) -> OrderReturn:
    """Carry out an approved refund."""
    return request_refund(
        order_id=proposal.order_id, amount=proposal.amount, reason=proposal.reason
    )


@publishes(OrderReturnRequested)
@transaction.atomic
def request_refund(*, order_id: UUID, amount: int, reason: str) -> OrderReturn:
    """Begin a refund of an amount; the customer keeps the goods.

    :raises ReturnRefused: the order is not confirmed or fulfilled, or less is left of its amount.
    """
    order = lock_refundable(order_id, amount)
    not_taken = not_taken_of(order, amount)
    return begin_return(order, amount=amount, lines=[], not_taken=not_taken, reason=reason)


def lock_refundable(order_id: UUID, amount: int) -> Order:
    """Lock an order of which this amount can be refunded.

    :raises ReturnRefused: the order is not confirmed or fulfilled, or less is left of its amount.
    """
    order = order_to_return(order_id)
    left = order.amount - order.returned_amount
    if not 0 < amount <= left:
        asked, rest = money(amount, order.currency), money(left, order.currency)
        raise ReturnRefused(f"order {order.id}: {asked} cannot be refunded, {rest} is left of it")
    return order
