"""Refund an amount of an order; the customer keeps the goods."""

from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from orders.events import OrderReturnRequested
from orders.models import OrderReturn, ProposedAct, RefundProposal
from orders.services.approvals import carries_out, needs_another, propose, record, require
from orders.services.returns import lock_refundable, request_refund
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
