"""Where money goes back one person is enough up to a limit; above it a second one has to agree.

The limit is one per order, over refunds, returns and cancellations of the last months, whoever
asked for them. People are told apart by the id of their account: a name can be changed.
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

from orders.models import Order, ProposedAct, RefundProposal
from orders.services.locks import lock_order
from outbox.acts import record_act
from outbox.kit.texts import LONGEST_REASON

COUNTED_FOR: Final = timedelta(days=90)
"""How long what went back of an order counts towards the limit."""


class ReturnRefused(Exception):
    """Something cannot be returned as asked; the message says why."""


class RefundNeedsAnother(Exception):
    """Who proposes a refund cannot agree to it: have somebody else look."""


CarryOut = Callable[[RefundProposal, AbstractUser], object]

F = TypeVar("F", bound=CarryOut)

_carries_out: dict[str, CarryOut] = {}


def carries_out(act: ProposedAct) -> Callable[[F], F]:
    """Register what is done once a second person has agreed to an act."""

    def register(function: F) -> F:
        _carries_out[act] = function
        return function

    return register


def needs_another(order: Order, amount: int) -> bool:
    """Tell whether so much more may go back of a locked order only if a second person agrees."""
    return given_lately(order) + amount > settings.REFUND_APPROVAL_ABOVE


def given_lately(order: Order) -> int:
    """Return what goes or went back of an order with the returns that count, in minor units."""
    counted = order.returns.filter(requested_at__gt=timezone.now() - COUNTED_FOR)
    return int(counted.aggregate(total=Sum("amount"))["total"] or 0)


def propose(  # noqa: PLR0913 - who proposes what of which order, and why
    order: Order,
    act: ProposedAct,
    *,
    amount: int,
    reason: str,
    by: AbstractUser,
    details: Mapping[str, Any] | None = None,
) -> RefundProposal:
    """Have a second person decide on an act on a locked order.

    :raises ReturnRefused: something is proposed already.
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
    """Agree to what was proposed, and have it done.

    :raises RefundNeedsAnother: it is one's own proposal.
    :raises PermissionDenied: this person may not.
    :raises ReturnRefused: it is decided already, or can be done no more.
    :raises IllegalMove: likewise, of a cancellation.
    :raises ReasonMissing: no reason is given.
    """
    proposal = _decide(proposal_id, by, approved=True)
    done = _carries_out[proposal.act](proposal, by)
    record(by, f"approve {proposal.act}", proposal, reason)
    return done


@transaction.atomic
def refuse_refund(*, proposal_id: UUID, reason: str, by: AbstractUser) -> None:
    """Turn down what was proposed; raises as :func:`approve_refund` does."""
    proposal = _decide(proposal_id, by, approved=False)
    record(by, f"refuse {proposal.act}", proposal, reason)


def _decide(proposal_id: UUID, by: AbstractUser, *, approved: bool) -> RefundProposal:
    require(by, "orders.approve_refund")
    lock_order(RefundProposal.objects.values_list("order_id", flat=True).get(pk=proposal_id))
    proposal = RefundProposal.objects.select_for_update().get(pk=proposal_id)
    if proposal.decided_at is not None:
        raise ReturnRefused(f"{proposal}: {proposal.decided_by} has decided already")
    if proposal.proposer_id == by.pk:
        raise RefundNeedsAnother(f"{proposal}: {by} has proposed it; somebody else has to decide")
    proposal.decider_id, proposal.decided_by = by.pk, by.get_username()
    proposal.decided_at, proposal.approved = timezone.now(), approved
    proposal.save(update_fields=["decider", "decided_by", "decided_at", "approved"])
    return proposal


def require(by: AbstractUser, permission: str) -> None:
    """Refuse who may not.

    :raises PermissionDenied: this person lacks the permission.
    """
    if not by.has_perm(permission):
        raise PermissionDenied(f"{by} may not do that: {permission} is needed")


def record(by: AbstractUser, verb: str, subject: Any, reason: str) -> None:
    """Record an act on money that goes back: a return or a proposal."""
    record_act(
        actor=by.get_username(),
        verb=verb,
        subject=str(subject),
        reason=reason,
        correlation_id=subject.order_id,
        details={"amount": subject.amount, "account": by.pk},
    )
