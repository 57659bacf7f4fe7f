"""From a line of the ledger to a call of the gateway: the key is stored, then it is used."""

from collections.abc import Sequence

from outbox.kit.rows import bulk
from outbox.publishing import publish
from payments.commands import CallGateway
from payments.ledger import Ledger
from payments.models import PaymentOperation

Entry = tuple[Ledger, PaymentOperation]


def request(entries: Sequence[Entry]) -> None:
    """Store operations with their keys, and have them carried out after that."""
    bulk.insert(operation for _, operation in entries)
    for ledger, operation in entries:
        call(ledger, operation)


def call(ledger: Ledger, operation: PaymentOperation) -> None:
    """Have a stored operation carried out."""
    publish(call_of(ledger, operation), conversation=ledger.payment.order_id)


def call_of(ledger: Ledger, operation: PaymentOperation) -> CallGateway:
    """Put a stored operation into the command that has it carried out."""
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
    )
