"""Request operations of the gateway: the key is stored before the call is made."""

from collections.abc import Sequence

from outbox.kit.rows import bulk
from outbox.publishing import publish
from payments.commands import CallGateway
from payments.ledger import Ledger
from payments.models import PaymentOperation

Entry = tuple[Ledger, PaymentOperation]


def request(entries: Sequence[Entry]) -> None:
    """Store operations with their keys, and publish the commands that carry them out."""
    bulk.insert(operation for _, operation in entries)
    for ledger, operation in entries:
        call(ledger, operation)


def call(ledger: Ledger, operation: PaymentOperation) -> None:
    """Publish the command that carries out a stored operation."""
    publish(call_of(ledger, operation), conversation=ledger.payment.order_id)


def call_of(ledger: Ledger, operation: PaymentOperation) -> CallGateway:
    """Return the command that carries out a stored operation."""
    payment, begun = ledger.payment, ledger.beginning
    return CallGateway(
        order_id=payment.order_id,
        operation=operation.kind,
        key=operation.idempotency_key,
        amount=operation.amount,
        currency=payment.currency,
        payment_method=payment.payment_method,
        reference=begun.gateway_reference if begun else "",
        gateway=payment.gateway,
        keep=payment.keeps_method and not payment.saved_for,
        saved_for=payment.saved_for,
        rest_stays=operation.rest_stays,
    )
