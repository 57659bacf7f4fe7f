"""Build events from a ledger, to publish them or to reconstruct them for a replay."""

from uuid import UUID

from payments.events import (
    WITHDRAWN,
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentCaptureDeclined,
    PaymentCompleted,
    PaymentFailed,
    PaymentPartCaptured,
    PaymentPartRefunded,
    PaymentRefundDeclined,
    PaymentRefunded,
    PaymentRefundedByHand,
    PaymentRefundFailed,
)
from payments.ledger import Ledger
from payments.models import NOT_CONFIRMED, OperationKind, Outcome, PaymentOperation


def beginning_of(ledger: Ledger) -> PaymentAuthorized | PaymentCompleted | PaymentFailed | None:
    """Return the outcome of a charge or an authorization; nothing while it is open.

    One of a wrong amount counts as failed once all of it is refunded.
    """
    begun, payment = ledger.beginning, ledger.payment
    order_id = payment.order_id
    if begun is None:
        return PaymentFailed(
            order_id=order_id, decline_code=WITHDRAWN, failed_at=payment.created_at
        )
    if begun.outcome == Outcome.DECLINED or (ledger.was_wrong and ledger.is_empty):
        return PaymentFailed(
            order_id=order_id,
            decline_code=begun.decline_code,
            reason_code="payment_not_confirmed"
            if begun.decline_code == NOT_CONFIRMED
            else "payment_declined",
            failed_at=ledger.last_answer_at,
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


def postponed(ledger: Ledger) -> PaymentActionRequired | PaymentAcceptedByBank | None:
    """Return what a charge or an authorization waits for, unless it is not postponed."""
    begun = ledger.beginning
    if begun is None or not begun.is_postponed:
        return None
    return accepted(ledger, begun) or action_required(ledger, begun)


def action_required(ledger: Ledger, begun: PaymentOperation) -> PaymentActionRequired | None:
    """Return that the customer had to confirm an operation, if so."""
    if begun.action_required_at is None or begun.postponed_until is None:
        return None
    return PaymentActionRequired(
        order_id=ledger.payment.order_id,
        amount=begun.amount,
        currency=ledger.payment.currency,
        required_at=begun.action_required_at,
        until=begun.postponed_until,
    )


def accepted(ledger: Ledger, begun: PaymentOperation) -> PaymentAcceptedByBank | None:
    """Return that the bank had accepted an operation and settles it later, if so."""
    if begun.processing_since is None or begun.postponed_until is None:
        return None
    return PaymentAcceptedByBank(
        order_id=ledger.payment.order_id,
        amount=begun.amount,
        currency=ledger.payment.currency,
        since=begun.processing_since,
        until=begun.postponed_until,
    )


def captured(ledger: Ledger) -> PaymentCompleted:
    """Return the event of a charge or a capture."""
    taking = ledger.outside_charge or ledger.latest(OperationKind.CHARGE, OperationKind.CAPTURE)
    return PaymentCompleted(
        order_id=ledger.payment.order_id,
        amount=ledger.captured,
        currency=ledger.payment.currency,
        captured_at=taking.concluded_at if taking else None,
    )


def part_captured(ledger: Ledger, shipment_id: UUID) -> PaymentPartCaptured:
    """Return the event of a capture for a shipment; of nothing, if there was none."""
    capture = ledger.capture_of(shipment_id)
    is_capture = capture is not None and capture.kind == OperationKind.CAPTURE
    return PaymentPartCaptured(
        order_id=ledger.payment.order_id,
        shipment_id=shipment_id,
        amount=capture.amount if capture and is_capture else 0,
        currency=ledger.payment.currency,
        left=ledger.left_after(capture) if capture else ledger.set_aside,
        captured_at=capture.concluded_at if capture else None,
    )


def declined(
    ledger: Ledger, operation: PaymentOperation, decline_code: str
) -> PaymentCaptureDeclined | PaymentRefundDeclined:
    """Return the event of a declined capture, refund or void."""
    if operation.kind == OperationKind.CAPTURE:
        return PaymentCaptureDeclined(
            order_id=ledger.payment.order_id,
            amount=operation.amount,
            currency=ledger.payment.currency,
            decline_code=decline_code,
            shipment_id=operation.shipment_id,
        )
    return PaymentRefundDeclined(
        order_id=ledger.payment.order_id,
        amount=operation.amount,
        currency=ledger.payment.currency,
        decline_code=decline_code,
        return_id=operation.return_id,
    )


def refunded(ledger: Ledger) -> PaymentRefunded:
    """Return the event of a payment that is refunded or voided completely."""
    return PaymentRefunded(
        order_id=ledger.payment.order_id,
        amount=ledger.refunded,
        currency=ledger.payment.currency,
        refunded_at=ledger.last_answer_at,
    )


def part_refunded(ledger: Ledger, return_id: UUID, amount: int) -> PaymentPartRefunded:
    """Return the event of a refunded return."""
    refund = ledger.refund_of(return_id)
    return PaymentPartRefunded(
        order_id=ledger.payment.order_id,
        return_id=return_id,
        amount=amount,
        currency=ledger.payment.currency,
        refunded_at=refund.concluded_at if refund else None,
        left=ledger.left_after_return(return_id),
    )


def refunded_by_hand(ledger: Ledger, part: PaymentOperation) -> PaymentRefundedByHand:
    """Return the event of a part that a human refunded."""
    return PaymentRefundedByHand(
        order_id=ledger.payment.order_id,
        amount=part.amount,
        currency=ledger.payment.currency,
        refunded_at=part.concluded_at or part.requested_at,
        return_id=part.return_id,
    )


def refund_failed(ledger: Ledger, operation: PaymentOperation) -> PaymentRefundFailed:
    """Return the event of a refund that failed after it had succeeded.

    :raises ValueError: it has not failed.
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
