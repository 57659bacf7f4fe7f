"""Derive events from a ledger, to publish them or to reconstruct them."""

from uuid import UUID

from payments.events import (
    WITHDRAWN,
    PaymentAuthorized,
    PaymentCaptureDeclined,
    PaymentCompleted,
    PaymentFailed,
    PaymentPartRefunded,
    PaymentRefundDeclined,
    PaymentRefunded,
    PaymentRefundedByHand,
    PaymentRefundFailed,
)
from payments.ledger import Ledger
from payments.models import OperationKind, Outcome, PaymentOperation


def beginning_of(ledger: Ledger) -> PaymentAuthorized | PaymentCompleted | PaymentFailed | None:
    """Return what became of a charge or an authorization; nothing while that is open.

    One of a wrong amount has failed once all of it has gone back.
    """
    begun, payment = ledger.beginning, ledger.payment
    order_id = payment.order_id
    if begun is None:
        return PaymentFailed(
            order_id=order_id, decline_code=WITHDRAWN, failed_at=payment.created_at
        )
    if begun.outcome == Outcome.DECLINED or (ledger.was_wrong and ledger.is_empty):
        return PaymentFailed(
            order_id=order_id, decline_code=begun.decline_code, failed_at=ledger.last_answer_at
        )
    if ledger.was_wrong or begun.outcome != Outcome.SUCCEEDED:
        return None
    if begun.kind == OperationKind.CHARGE:
        return captured(ledger)
    return PaymentAuthorized(
        order_id=order_id,
        amount=begun.amount,
        currency=payment.currency,
        authorized_at=begun.concluded_at,
    )


def captured(ledger: Ledger) -> PaymentCompleted:
    """Return what was taken, at once or of an authorization."""
    taking = ledger.outside_charge or ledger.latest(OperationKind.CHARGE, OperationKind.CAPTURE)
    return PaymentCompleted(
        order_id=ledger.payment.order_id,
        amount=ledger.captured,
        currency=ledger.payment.currency,
        captured_at=taking.concluded_at if taking else None,
    )


def declined(
    ledger: Ledger, operation: PaymentOperation, decline_code: str
) -> PaymentCaptureDeclined | PaymentRefundDeclined:
    """Return that the gateway refused to capture, or to give back."""
    if operation.kind == OperationKind.CAPTURE:
        return PaymentCaptureDeclined(
            order_id=ledger.payment.order_id,
            amount=operation.amount,
            currency=ledger.payment.currency,
            decline_code=decline_code,
        )
    return PaymentRefundDeclined(
        order_id=ledger.payment.order_id,
        amount=operation.amount,
        currency=ledger.payment.currency,
        decline_code=decline_code,
        return_id=operation.return_id,
    )


def refunded(ledger: Ledger) -> PaymentRefunded:
    """Return that nothing of the money is with us any more."""
    return PaymentRefunded(
        order_id=ledger.payment.order_id,
        amount=ledger.refunded,
        currency=ledger.payment.currency,
        refunded_at=ledger.last_answer_at,
    )


def part_refunded(ledger: Ledger, return_id: UUID, amount: int) -> PaymentPartRefunded:
    """Return that the money of a return went back."""
    refund = ledger.refund_of(return_id)
    return PaymentPartRefunded(
        order_id=ledger.payment.order_id,
        return_id=return_id,
        amount=amount,
        currency=ledger.payment.currency,
        refunded_at=refund.concluded_at if refund else None,
    )


def refunded_by_hand(ledger: Ledger, part: PaymentOperation) -> PaymentRefundedByHand:
    """Return that a human gave back some of what is owed."""
    return PaymentRefundedByHand(
        order_id=ledger.payment.order_id,
        amount=part.amount,
        currency=ledger.payment.currency,
        refunded_at=part.concluded_at or part.requested_at,
        return_id=part.return_id,
    )


def refund_failed(ledger: Ledger, operation: PaymentOperation) -> PaymentRefundFailed:
    """Return that a refund came to nothing after it had succeeded.

    :raises ValueError: it has not.
    """
    if operation.failed_at is None:
        raise ValueError(f"{operation} has not failed")
    return PaymentRefundFailed(
        order_id=ledger.payment.order_id,
        amount=operation.amount,
        currency=ledger.payment.currency,
        failed_at=operation.failed_at,
        return_id=operation.return_id,
    )
