"""Staff give money back: alone up to a limit, above it only two together."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from orders.events import OrderReturnRequested
from orders.models import OrderReturn, RefundProposal
from orders.services.returning import ReturnRefused, lock_refundable, request_refund
from outbox.acts import record_act
from outbox.fitting import LONGEST_REASON
from outbox.wiring import publishes


class RefundNeedsAnother(Exception):
    """Who proposes a refund cannot agree to it: have somebody else look."""


@publishes(OrderReturnRequested)
@transaction.atomic
def give_refund(
    *, order_id: UUID, amount: int, reason: str, by: AbstractUser
) -> OrderReturn | RefundProposal:
    """Give money back, or propose to where ``REFUND_APPROVAL_ABOVE`` is passed.

    :raises PermissionDenied: this person may not.
    :raises ReturnRefused: the order does not stand, not so much is left of it, or a refund of it is
        proposed already.
    :raises ReasonMissing: no reason is given.
    """
    _require(by, "orders.propose_refund")
    if amount <= settings.REFUND_APPROVAL_ABOVE:
        given = request_refund(order_id=order_id, amount=amount, reason=reason)
        _record(by, "refund", given, reason)
        return given
    order = lock_refundable(order_id, amount)
    if order.refund_proposals.filter(decided_at=None).exists():
        raise ReturnRefused(f"order {order.id}: a refund is proposed already; decide that first")
    proposal = RefundProposal.objects.create(
        order=order, amount=amount, reason=reason[:LONGEST_REASON], proposed_by=by.get_username()
    )
    _record(by, "propose refund", proposal, reason)
    return proposal


@publishes(OrderReturnRequested)
@transaction.atomic
def approve_refund(*, proposal_id: UUID, reason: str, by: AbstractUser) -> OrderReturn:
    """Agree to a proposed refund, and have it made.

    :raises RefundNeedsAnother: it is one's own proposal.
    :raises PermissionDenied, ReturnRefused, ReasonMissing: as :func:`give_refund`; also where it is
        decided already.
    """
    proposal = _decide(proposal_id, by, approved=True)
    given = request_refund(
        order_id=proposal.order_id, amount=proposal.amount, reason=proposal.reason
    )
    _record(by, "approve refund", proposal, reason)
    return given


@transaction.atomic
def refuse_refund(*, proposal_id: UUID, reason: str, by: AbstractUser) -> None:
    """Turn a proposed refund down; raises as :func:`approve_refund` does."""
    proposal = _decide(proposal_id, by, approved=False)
    _record(by, "refuse refund", proposal, reason)


def _decide(proposal_id: UUID, by: AbstractUser, *, approved: bool) -> RefundProposal:
    _require(by, "orders.approve_refund")
    proposal = RefundProposal.objects.select_for_update().get(pk=proposal_id)
    if proposal.decided_at is not None:
        raise ReturnRefused(f"{proposal}: {proposal.decided_by} has decided already")
    if proposal.proposed_by == by.get_username():
        raise RefundNeedsAnother(f"{proposal}: {by} has proposed it; somebody else has to decide")
    proposal.decided_by, proposal.decided_at = by.get_username(), timezone.now()
    proposal.approved = approved
    proposal.save(update_fields=["decided_by", "decided_at", "approved"])
    return proposal


def _require(by: AbstractUser, permission: str) -> None:
    if not by.has_perm(permission):
        raise PermissionDenied(f"{by} may not do that: {permission} is needed")


def _record(
    by: AbstractUser, verb: str, subject: OrderReturn | RefundProposal, reason: str
) -> None:
    record_act(
        actor=by.get_username(),
        verb=verb,
        subject=str(subject),
        reason=reason,
        correlation_id=subject.order_id,
        details={"amount": subject.amount},
    )
