"""Enter hand refunds: money that a human paid back outside of the gateway.

For a cancelled order the amount counts towards all that is left. For others it pays the oldest
return that the gateway has not paid, or is a refund for which the customer keeps the goods. Orders
and payments do not know each other, so both are called here, in one transaction.
"""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from orders.models import Order, OrderReturn, OrderStatus, ProposedAct, RefundProposal
from orders.services import ReturnRefused, request_refund
from orders.services.approvals import COUNTED_FOR, carries_out, needs_another, propose, require
from orders.services.locks import lock_order
from orders.services.refunds import lock_refundable
from outbox.acts import ReasonMissing, record_act
from outbox.kit.money import money
from payments.commands import Hand, RecordRefund, RecordRefundPart
from payments.ledger import Ledger, lock_ledgers
from payments.models import OperationKind, PaymentOperation
from payments.services import enter_hand_refund, owed_to_return, under_way

PERMISSION = "payments.enter_hand_refund"

GIVEN_UP = (OrderStatus.CANCELLING, OrderStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class HandRefund:
    """What a human paid, in minor units; how, such as by bank transfer; and its reference."""

    amount: int
    how: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a hand refund pays.

    :ivar owed: the most that it can be, in minor units.
    :ivar undoes: whether the order is cancelled or given up, so that all is refunded.
    :ivar returned: the return that it pays, if any.
    :ivar under_way: pending refunds of it at the gateway.
    """

    owed: int
    undoes: bool = False
    returned: OrderReturn | None = None
    under_way: int = 0

    def in_words(self) -> str:
        """Describe what it pays."""
        if self.undoes:
            return "the cancelled order"
        return "the return that is not paid yet" if self.returned else "the order"


@transaction.atomic
def refund_by_hand(
    *, order_id: UUID, made: HandRefund, reason: str, by: AbstractUser
) -> HandRefund | RefundProposal:
    """Enter a hand refund, or propose it if a second person has to approve.

    :raises PermissionDenied: this person may not.
    :raises ReturnRefused: less is left, the order's state allows none, the gateway's refund is
        pending, or something is proposed already.
    :raises ReasonMissing: no reason is given.
    """
    require(by, PERMISSION)
    if not reason.strip():
        raise ReasonMissing("enter hand refund: give a reason")
    order = lock_order(order_id)
    purpose = _checked(order, made)
    claimed = 0 if purpose.returned else made.amount
    if needs_another(order, claimed + _entered_lately(order)):
        details = {"how": made.how, "reference": made.reference}
        return propose(
            order,
            ProposedAct.HAND_REFUND,
            amount=made.amount,
            reason=reason,
            by=by,
            details=details,
        )
    _enter(order, purpose, made, _hand(made, by.get_username()), reason=reason)
    return made


@carries_out(ProposedAct.HAND_REFUND)
def refund_by_hand_as_agreed(proposal: RefundProposal, by: AbstractUser) -> HandRefund:
    """Enter a hand refund that a second person approved."""
    order = lock_order(proposal.order_id)
    made = HandRefund(amount=proposal.amount, **proposal.details)
    hand = _hand(made, proposal.proposed_by, approved_by=by.get_username())
    _enter(order, _checked(order, made), made, hand, reason=proposal.reason)
    return made


def _hand(made: HandRefund, made_by: str, *, approved_by: str = "") -> Hand:
    return Hand(made_by, made.how, approved_by, made.reference)


def purpose_of(order: Order) -> Purpose:
    """Return what a hand refund of an order would pay, and its limit."""
    ledger = lock_ledgers([order.id]).get(order.id)
    if ledger is None:
        return Purpose(0)
    if order.status in GIVEN_UP or ledger.payment.given_up:
        return Purpose(ledger.left, undoes=True, under_way=under_way(ledger, None))
    for returned in order.returns.order_by("requested_at"):
        if owed := _owed_to(ledger, returned):
            going = under_way(ledger, returned.id)
            return Purpose(owed, returned=returned, under_way=going)
    return Purpose(min(ledger.refundable, order.amount - order.returned_amount))


def _owed_to(ledger: Ledger, returned: OrderReturn) -> int:
    is_open = returned.completed_at is None
    return owed_to_return(ledger, returned.id, returned.amount, is_open=is_open)


def _checked(order: Order, made: HandRefund) -> Purpose:
    """Return what a hand refund pays.

    :raises ReturnRefused: as :func:`refund_by_hand`.
    """
    purpose = purpose_of(order)
    asked, left = money(made.amount, order.currency), money(purpose.owed, order.currency)
    if not 0 < made.amount <= purpose.owed:
        raise ReturnRefused(
            f"order {order.id}: {asked} cannot be entered, {left} is left of {purpose.in_words()}"
        )
    if made.amount < purpose.owed and purpose.under_way:
        going = money(purpose.under_way, order.currency)
        raise ReturnRefused(
            f"order {order.id}: the gateway is giving back {going} and has not answered:"
            f" wait for its answer, or enter {left} if all of it was paid by hand"
        )
    if not (purpose.undoes or purpose.returned):
        lock_refundable(order.id, made.amount)
    return purpose


def _entered_lately(order: Order) -> int:
    """Return the recent hand refunds that belong to no return, those of a cancelled order."""
    lately = PaymentOperation.objects.filter(
        payment__order_id=order.id,
        kind=OperationKind.REFUND,
        outside=True,
        return_id=None,
        concluded_at__gt=timezone.now() - COUNTED_FOR,
    )
    return int(lately.aggregate(total=Sum("amount"))["total"] or 0)


def _enter(order: Order, purpose: Purpose, made: HandRefund, hand: Hand, *, reason: str) -> None:
    record_act(
        actor=hand.made_by,
        verb="enter hand refund",
        subject=f"{money(made.amount, order.currency)} of order {order.id}",
        reason=reason,
        correlation_id=order.id,
        details={
            "amount": made.amount,
            "how": hand.how,
            "reference": hand.reference,
            "approved_by": hand.approved_by,
        },
    )
    if purpose.undoes:
        record = RecordRefund(order_id=order.id, hand=hand)
        enter_hand_refund(record, paid=made.amount, owed=purpose.owed)
        return
    returned, owed = purpose.returned, purpose.owed
    if returned is None:
        returned = request_refund(order_id=order.id, amount=made.amount, reason=reason)
        owed = made.amount
    part = RecordRefundPart(
        order_id=order.id,
        return_id=returned.id,
        amount=returned.amount,
        hand=hand,
    )
    enter_hand_refund(part, paid=made.amount, owed=owed)
