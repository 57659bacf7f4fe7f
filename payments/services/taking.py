"""Charge orders at once, or authorize them; what is authorized is captured by shipment."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from outbox.kit.rows import bulk
from payments.commands import AuthorizePayment, ChargePayment
from payments.ledger import Ledger, lock_ledgers
from payments.models import OperationKind, Payment
from payments.services.announcements import announce_beginning
from payments.services.requesting import request


@transaction.atomic(savepoint=False)
def charge_orders(commands: Sequence[ChargePayment]) -> None:
    """Enter a charge and request it; for one that exists, publish its outcome again."""
    _begin(OperationKind.CHARGE, commands)


@transaction.atomic(savepoint=False)
def authorize_orders(commands: Sequence[AuthorizePayment]) -> None:
    """Enter an authorization and request it; for one that exists, publish its outcome again."""
    _begin(OperationKind.AUTHORIZE, commands)


def _begin(kind: OperationKind, commands: Sequence[ChargePayment | AuthorizePayment]) -> None:
    known = lock_ledgers(command.order_id for command in commands)
    saved = _saved(commands)
    new = []
    for command in commands:
        if ledger := known.get(command.order_id):
            announce_beginning(ledger)
        else:
            payment = Payment(
                order_id=command.order_id,
                amount=command.amount,
                currency=command.currency,
                payment_method=command.payment_method,
                keeps_method=command.keeps_method,
                method_of=command.method_of,
            )
            if command.method_of in saved:
                # A saved method is of no use at another gateway.
                payment.gateway, payment.saved_for = saved[command.method_of]
            new.append(Ledger(payment))
    bulk.insert(ledger.payment for ledger in new)
    request([(ledger, ledger.enter(kind, ledger.payment.amount)) for ledger in new])


def _saved(
    commands: Sequence[ChargePayment | AuthorizePayment],
) -> dict[UUID | None, tuple[str, str]]:
    """Return by order the gateway at which its payment method is saved, and for whom."""
    order_ids = {command.method_of for command in commands if command.method_of}
    if not order_ids:
        return {}
    rows = Payment.objects.filter(order_id__in=order_ids)
    return {row.order_id: (row.gateway, row.saved_for) for row in rows}
