"""Enter a hand refund: money that a human paid back outside of the gateway."""

from uuid import UUID

from django.db import transaction

from outbox.wiring import publishes
from payments.commands import RecordRefund, RecordRefundPart
from payments.events import (
    PaymentFailed,
    PaymentPartRefunded,
    PaymentRefunded,
    PaymentRefundedByHand,
)
from payments.ledger import Ledger, lock_ledgers
from payments.models import OperationKind, Outcome
from payments.services.announcements import announce_refunded_by_hand
from payments.services.recording import enter_outside, record_refund_parts, record_refunds


@publishes(PaymentFailed, PaymentPartRefunded, PaymentRefunded, PaymentRefundedByHand)
@transaction.atomic
def enter_hand_refund(record: RecordRefund | RecordRefundPart, *, paid: int, owed: int) -> None:
    """Enter what a human paid of what is owed, in minor units; the rest is still owed.

    If all is paid, the gateway's refund is cancelled; while that one is pending, a part must not be
    entered.

    :raises KeyError: the order has no payment.
    """
    if paid < owed:
        ledger = lock_ledgers([record.order_id])[record.order_id]
        return_id = record.return_id if isinstance(record, RecordRefundPart) else None
        part = enter_outside(
            ledger, OperationKind.REFUND, paid, record.hand, return_id=return_id, is_part=True
        )
        announce_refunded_by_hand(ledger, part)
    elif isinstance(record, RecordRefundPart):
        record_refund_parts([record])
    else:
        record_refunds([record])


def owed_to_return(ledger: Ledger, return_id: UUID, worth: int, *, is_open: bool) -> int:
    """Return what is still owed to a return, in minor units; pending refunds are not subtracted.

    :param is_open: whether the return is not completed; a completed one is owed only what failed
        later.
    """
    refund = ledger.refund_of(return_id)
    came_to_nothing = refund is not None and refund.outcome == Outcome.DECLINED
    if not came_to_nothing and (not is_open or (refund and not refund.is_open)):
        return 0
    return min(ledger.left, worth - ledger.paid_for(return_id))


def under_way(ledger: Ledger, return_id: UUID | None) -> int:
    """Return the sum of pending refunds at the gateway: of a return, or of all."""
    return sum(
        each.amount
        for each in ledger.open_operations(OperationKind.REFUND)
        if not each.excess and return_id in (None, each.return_id)
    )
