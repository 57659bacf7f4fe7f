"""What a ledger means to the world, put into events."""

from uuid import UUID

from outbox.publishing import publish
from payments.events import (
    PaymentAuthorized,
    PaymentCompleted,
    PaymentFailed,
    PaymentPartRefunded,
    PaymentRefunded,
    PaymentUnknown,
    PaymentUnresolved,
)
from payments.ledger import Ledger
from payments.models import OperationKind, Outcome, PaymentOperation

WITHDRAWN = "withdrawn"
"""The decline code of a charge that was given up before it was made."""


def announce_beginning(ledger: Ledger) -> None:
    """Say what became of a charge or an authorization; nothing while that is open.

    One of a wrong amount has failed once all of it has gone back.
    """
    begun, payment = ledger.beginning, ledger.payment
    order_id = payment.order_id
    if begun is None:
        publish(PaymentFailed(order_id=order_id, decline_code=WITHDRAWN), conversation=order_id)
    elif begun.outcome == Outcome.DECLINED or (ledger.was_wrong and ledger.is_empty):
        publish(
            PaymentFailed(order_id=order_id, decline_code=begun.decline_code),
            conversation=order_id,
        )
    elif ledger.was_wrong:
        return
    elif begun.outcome == Outcome.SUCCEEDED:
        event = PaymentCompleted if begun.kind == OperationKind.CHARGE else PaymentAuthorized
        publish(
            event(order_id=order_id, amount=begun.amount, currency=payment.currency),
            conversation=order_id,
        )


def announce_captured(ledger: Ledger) -> None:
    """Say what was captured of an authorization."""
    payment = ledger.payment
    publish(
        PaymentCompleted(
            order_id=payment.order_id, amount=ledger.captured, currency=payment.currency
        ),
        conversation=payment.order_id,
    )


def announce_refunded(ledger: Ledger) -> None:
    """Say that nothing of the money is with us any more."""
    payment = ledger.payment
    publish(
        PaymentRefunded(
            order_id=payment.order_id, amount=ledger.refunded, currency=payment.currency
        ),
        conversation=payment.order_id,
    )
    if ledger.was_wrong:
        announce_beginning(ledger)


def announce_part_refunded(ledger: Ledger, return_id: UUID, amount: int) -> None:
    """Say that a return is paid out."""
    payment = ledger.payment
    publish(
        PaymentPartRefunded(
            order_id=payment.order_id,
            return_id=return_id,
            amount=amount,
            currency=payment.currency,
        ),
        conversation=payment.order_id,
    )


def announce_unknown(ledger: Ledger) -> None:
    """Say that the gateway has not answered yet."""
    order_id = ledger.payment.order_id
    publish(PaymentUnknown(order_id=order_id), conversation=order_id)


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
