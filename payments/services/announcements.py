"""Publish the events that follow from a ledger."""

from uuid import UUID

from outbox.conversations import flow_of
from outbox.publishing import publish
from payments.events import (
    WITHDRAWN,
    PaymentCaptureDeclined,
    PaymentRefundDeclined,
    PaymentUnknown,
    PaymentUnresolved,
)
from payments.ledger import Ledger
from payments.ledger_events import (
    beginning_of,
    captured,
    declined,
    part_captured,
    part_refunded,
    postponed,
    refund_failed,
    refunded,
    refunded_by_hand,
)
from payments.models import MADE_OUTSIDE, PaymentOperation
from payments.services.attention import flag


def announce_beginning(ledger: Ledger) -> None:
    """Publish the outcome of a charge or an authorization; nothing while it is not known.

    That the customer or the bank has yet to settle it is an outcome too.
    """
    if event := beginning_of(ledger) or postponed(ledger):
        publish(event, conversation=ledger.payment.order_id)


def announce_postponed(ledger: Ledger) -> None:
    """Publish that the customer or the bank has yet to settle the charge or authorization."""
    if event := postponed(ledger):
        publish(event, conversation=ledger.payment.order_id)


def announce_captured(ledger: Ledger) -> None:
    """Publish what was captured."""
    publish(captured(ledger), conversation=ledger.payment.order_id)


def announce_part_captured(ledger: Ledger, shipment_id: UUID) -> None:
    """Publish what was captured for a shipment."""
    publish(part_captured(ledger, shipment_id), conversation=ledger.payment.order_id)


def announce_withdrawn(ledger: Ledger, shipment_id: UUID, amount: int) -> None:
    """Publish that nothing is captured for a shipment: the payment was given up before."""
    declined_so = PaymentCaptureDeclined(
        order_id=ledger.payment.order_id,
        amount=amount,
        currency=ledger.payment.currency,
        decline_code=WITHDRAWN,
        shipment_id=shipment_id,
    )
    publish(declined_so, conversation=ledger.payment.order_id)


def announce_refunded(ledger: Ledger) -> None:
    """Publish that the payment is refunded or voided completely."""
    publish(refunded(ledger), conversation=ledger.payment.order_id)
    if ledger.was_wrong:
        announce_beginning(ledger)


def announce_part_refunded(ledger: Ledger, return_id: UUID, amount: int) -> None:
    """Publish that a return is refunded."""
    publish(part_refunded(ledger, return_id, amount), conversation=ledger.payment.order_id)


def announce_refunded_by_hand(ledger: Ledger, part: PaymentOperation) -> None:
    """Publish that a human refunded a part."""
    publish(refunded_by_hand(ledger, part), conversation=ledger.payment.order_id)


def announce_refund_failed(ledger: Ledger, operation: PaymentOperation) -> None:
    """Publish that a refund failed after it had succeeded."""
    publish(refund_failed(ledger, operation), conversation=ledger.payment.order_id)


def announce_unknown(ledger: Ledger) -> None:
    """Publish that the gateway has not answered yet."""
    order_id = ledger.payment.order_id
    publish(PaymentUnknown(order_id=order_id), conversation=order_id, flow=flow_of(order_id))


def announce_unresolved(ledger: Ledger, operation: PaymentOperation) -> None:
    """Publish that an operation's outcome stays unknown, and flag the payment."""
    reason = f"{operation.kind} of {operation.amount} unresolved: ask the gateway for it"
    flag(ledger, reason, passes=True)
    order_id = ledger.payment.order_id
    publish(PaymentUnresolved(order_id=order_id, operation=operation.kind), conversation=order_id)


def announce_declined(ledger: Ledger, operation: PaymentOperation, decline_code: str) -> None:
    """Publish a declined capture, refund or void, and flag the payment."""
    left = ledger.set_aside or ledger.refundable
    flag(ledger, f"{operation.kind} declined ({decline_code}): {left} left", passes=True)
    publish(declined(ledger, operation, decline_code), conversation=ledger.payment.order_id)


def announce_by_hand_only(ledger: Ledger, amount: int, return_id: UUID | None = None) -> None:
    """Publish that the gateway cannot refund money that was taken outside of it."""
    flag(ledger, f"{amount} was taken outside of the gateway: give it back by hand", passes=True)
    refusal = PaymentRefundDeclined(
        order_id=ledger.payment.order_id,
        amount=amount,
        currency=ledger.payment.currency,
        decline_code=MADE_OUTSIDE,
        return_id=return_id,
    )
    publish(refusal, conversation=ledger.payment.order_id)
