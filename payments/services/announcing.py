"""Tell the world what a ledger means to it."""

from uuid import UUID

from outbox.conversations import flow_of
from outbox.publishing import publish
from payments.events import PaymentUnknown, PaymentUnresolved
from payments.ledger import Ledger
from payments.meaning import beginning_of, captured, part_refunded, refund_failed, refunded
from payments.models import PaymentOperation


def announce_beginning(ledger: Ledger) -> None:
    """Say what became of a charge or an authorization; nothing while that is open."""
    if event := beginning_of(ledger):
        publish(event, conversation=ledger.payment.order_id)


def announce_captured(ledger: Ledger) -> None:
    """Say what was captured of an authorization."""
    publish(captured(ledger), conversation=ledger.payment.order_id)


def announce_refunded(ledger: Ledger) -> None:
    """Say that nothing of the money is with us any more."""
    publish(refunded(ledger), conversation=ledger.payment.order_id)
    if ledger.was_wrong:
        announce_beginning(ledger)


def announce_part_refunded(ledger: Ledger, return_id: UUID, amount: int) -> None:
    """Say that a return is paid out."""
    publish(part_refunded(ledger, return_id, amount), conversation=ledger.payment.order_id)


def announce_refund_failed(ledger: Ledger, operation: PaymentOperation) -> None:
    """Say that a refund came to nothing after it had succeeded."""
    publish(refund_failed(ledger, operation), conversation=ledger.payment.order_id)


def announce_unknown(ledger: Ledger) -> None:
    """Say that the gateway has not answered yet."""
    order_id = ledger.payment.order_id
    publish(PaymentUnknown(order_id=order_id), conversation=order_id, flow=flow_of(order_id))


def announce_unresolved(ledger: Ledger, operation: PaymentOperation) -> None:
    """Say that nobody knows what became of an operation, and have a human find out."""
    flag(ledger, f"{operation.kind} of {operation.amount} unresolved: ask the gateway for it")
    order_id = ledger.payment.order_id
    publish(PaymentUnresolved(order_id=order_id, operation=operation.kind), conversation=order_id)


def flag(ledger: Ledger, reason: str) -> None:
    """Have a human look after a payment."""
    payment = ledger.payment
    payment.needs_attention, payment.attention_reason = True, reason[:200]
    payment.save(update_fields=["needs_attention", "attention_reason"])
