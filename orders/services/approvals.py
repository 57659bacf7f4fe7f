"""Refunds above a limit need the approval of a second person.

The limit is per order and covers all refunds, returns and cancellations of the last 90 days. People
are identified by their account's id: a name can be changed.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from orders.models import IN_STATUS, Order, ProposedAct, RefundProposal, ReturnStatus
from orders.services.locks import lock_order
from outbox.acts import record_act
from outbox.kit.clock import database_now
from outbox.kit.texts import LONGEST_REASON

COUNTED_FOR: Final = timedelta(days=90)
"""How long a refund counts towards the limit."""


class ReturnRefused(Exception):
    """Something cannot be returned as asked; the message says why."""


class RefundNeedsAnother(Exception):
    """The proposer of a refund cannot decide on it: another person has to."""


CarryOut = Callable[[RefundProposal, AbstractUser], object]

F = TypeVar("F", bound=CarryOut)

_carries_out: dict[str, CarryOut] = {}


def carries_out(act: ProposedAct) -> Callable[[F], F]:
    """Register the function that carries out an approved act."""

    def register(function: F) -> F:
        _carries_out[act] = function
        return function

    return register


def needs_another(order: Order, amount: int) -> bool:
    """Return whether refunding this much more of a locked order needs a second person."""
    return given_lately(order) + amount > settings.REFUND_APPROVAL_ABOVE


def given_lately(order: Order) -> int:
    """Return the refunds of an order that count towards the limit, expected ones included.

    In minor units.
    """
    counted = order.returns.filter(requested_at__gt=database_now() - COUNTED_FOR)
    expected = Sum("expected_amount", filter=IN_STATUS[ReturnStatus.EXPECTED])
    sums = counted.aggregate(amount=Sum("amount"), expected=expected)
    return int(sums["amount"] or 0) + int(sums["expected"] or 0)


def propose(  # noqa: PLR0913 - who proposes what of which order, and why
    order: Order,
    act: ProposedAct,
    *,
    amount: int,
    reason: str,
    by: AbstractUser,
    details: Mapping[str, Any] | None = None,
) -> RefundProposal:
    """Propose an act on a locked order to a second person.

    :raises ReturnRefused: another proposal of this order is open.
    """
    if order.refund_proposals.filter(decided_at=None).exists():
        raise ReturnRefused(f"order {order.id}: a refund is proposed already; decide that first")
    proposal = RefundProposal.objects.create(
        order=order,
        act=act,
        amount=amount,
        details=dict(details or {}),
        reason=reason[:LONGEST_REASON],
        proposer_id=by.pk,
        proposed_by=by.get_username(),
    )
    record(by, f"propose {proposal.act}", proposal, reason)
    return proposal


@transaction.atomic
def approve_refund(*, proposal_id: UUID, reason: str, by: AbstractUser) -> Any:
    """Approve a proposal and carry it out.

    :raises RefundNeedsAnother: it is this person's own proposal.
    :raises PermissionDenied: this person lacks the permission.
    :raises ReturnRefused: it is decided already, or no longer possible.
    :raises IllegalMove: a proposed cancellation is no longer possible.
    :raises ReasonMissing: no reason is given.
    """
    proposal = _decide(proposal_id, by, approved=True)
    done = _carries_out[proposal.act](proposal, by)
    record(by, f"approve {proposal.act}", proposal, reason)
    return done


@transaction.atomic
def refuse_refund(*, proposal_id: UUID, reason: str, by: AbstractUser) -> None:
    """Refuse a proposal; raises as :func:`approve_refund` does."""
    proposal = _decide(proposal_id, by, approved=False)
    record(by, f"refuse {proposal.act}", proposal, reason)


def _decide(proposal_id: UUID, by: AbstractUser, *, approved: bool) -> RefundProposal:
    require(by, "orders.approve_refund")
    lock_order(RefundProposal.objects.values_list("order_id", flat=True).get(pk=proposal_id))
    proposal = RefundProposal.objects.select_for_update().get(pk=proposal_id)
    if proposal.decided_at is not None:
        raise ReturnRefused(f"{proposal}: {proposal.decided_by} has decided already")
    if proposal.proposer_id == by.pk:
        raise RefundNeedsAnother(f"{proposal}: {by} has proposed it; a second person has to decide")
    proposal.decider_id, proposal.decided_by = by.pk, by.get_username()
    proposal.decided_at, proposal.approved = timezone.now(), approved
    proposal.save(update_fields=["decider", "decided_by", "decided_at", "approved"])
    return proposal


def require(by: AbstractUser, permission: str) -> None:
    """Check a permission.

    :raises PermissionDenied: this person lacks the permission.
    """
    if not by.has_perm(permission):
        raise PermissionDenied(f"{by} may not do that: {permission} is needed")


def record(by: AbstractUser, verb: str, subject: Any, reason: str) -> None:
    """Record an operator's act on a return or a proposal."""
    record_act(
        actor=by.get_username(),
        verb=verb,
        subject=str(subject),
        reason=reason,
        correlation_id=subject.order_id,
        details={"amount": subject.amount, "account": by.pk},
    )
