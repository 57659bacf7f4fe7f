"""Use cases of payments: what is asked of the ledger, and what the gateway answered.

They join the transaction of the turn without a savepoint: when they fail, the whole turn is taken
again.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from outbox import bulk
from outbox.publishing import publish
from payments.commands import CallGateway, ChargePayment
from payments.events import PaymentCompleted, PaymentFailed, PaymentRefunded
from payments.gateways.port import Result
from payments.ledger import Ledger, lock_ledgers
from payments.models import OPEN, OperationKind, Outcome, Payment, PaymentOperation

WITHDRAWN = "withdrawn"
"""The decline code of a charge that was given up before it was made."""


@transaction.atomic(savepoint=False)
def charge_orders(commands: Sequence[ChargePayment]) -> None:
    """Enter a charge in the ledger and have it made; one that exists is answered as it stands."""
    known = lock_ledgers(command.order_id for command in commands)
    new = []
    for command in commands:
        if ledger := known.get(command.order_id):
            _answer_charge(ledger)
        else:
            payment = Payment(
                order_id=command.order_id,
                amount=command.amount,
                currency=command.currency,
                payment_method=command.payment_method,
            )
            new.append(Ledger(payment))
    bulk.insert(ledger.payment for ledger in new)
    for ledger in new:
        ledger.enter(OperationKind.CHARGE, ledger.payment.amount)
    _request(new)


@transaction.atomic(savepoint=False)
def refund_orders(order_ids: Sequence[UUID]) -> None:
    """Ensure that nothing of these orders' money is with us, now or later.

    An order that was never charged gets a payment that is given up: a charge that comes late is
    refused.
    """
    known = lock_ledgers(order_ids)
    never_charged = [
        Payment(order_id=order_id, amount=0, given_up=True)
        for order_id in order_ids
        if order_id not in known
    ]
    bulk.insert(never_charged)
    Payment.objects.filter(order_id__in=known).update(given_up=True)
    ledgers = [*known.values(), *(Ledger(payment) for payment in never_charged)]
    _request([ledger for ledger in ledgers if _refund(ledger)])


@transaction.atomic(savepoint=False)
def conclude(answers: Sequence[tuple[CallGateway, Result]]) -> None:
    """Write the gateway's answers into the ledger and announce what they mean.

    Silence makes an operation ``unknown`` and announces nothing: it is neither success nor
    failure. An operation that has its answer keeps it.
    """
    ledgers = lock_ledgers(command.order_id for command, _ in answers)
    now = timezone.now()
    answered, refunding = [], []
    for command, result in answers:
        ledger = ledgers[command.order_id]
        operation = ledger.operation(command.key)
        if operation.outcome not in OPEN:
            continue
        operation.record(result, now)
        answered.append(operation)
        if operation.outcome == Outcome.UNKNOWN:
            continue
        if operation.kind == OperationKind.REFUND:
            _answer_refund(ledger, operation)
        elif not ledger.payment.given_up:
            _answer_charge(ledger)
        elif _refund(ledger):
            refunding.append(ledger)
    bulk.update(
        answered, ["outcome", "decline_code", "gateway_reference", "attempts", "concluded_at"]
    )
    _request(refunding)


def _request(ledgers: Sequence[Ledger]) -> None:
    """Store the newest operation of each ledger with its key; the gateway is called after that."""
    bulk.insert(ledger.operations[-1] for ledger in ledgers)
    for ledger in ledgers:
        operation, payment, charge = ledger.operations[-1], ledger.payment, ledger.charge
        publish(
            CallGateway(
                order_id=payment.order_id,
                operation=operation.kind,
                key=operation.idempotency_key,
                amount=operation.amount,
                currency=payment.currency,
                payment_method=payment.payment_method,
                reference=charge.gateway_reference if charge else "",
            ),
            conversation=payment.order_id,
        )


def _refund(ledger: Ledger) -> bool:
    """Enter what is still to be refunded; without any, and with no call under way, say so."""
    if ledger.is_open:
        return False
    if ledger.refundable:
        ledger.enter(OperationKind.REFUND, ledger.refundable)
        return True
    _announce_refunded(ledger)
    return False


def _answer_charge(ledger: Ledger) -> None:
    charge, order_id = ledger.charge, ledger.payment.order_id
    if charge is None:
        publish(PaymentFailed(order_id=order_id, decline_code=WITHDRAWN), conversation=order_id)
    elif charge.outcome == Outcome.SUCCEEDED:
        publish(
            PaymentCompleted(
                order_id=order_id, amount=charge.amount, currency=ledger.payment.currency
            ),
            conversation=order_id,
        )
    elif charge.outcome == Outcome.DECLINED:
        publish(
            PaymentFailed(order_id=order_id, decline_code=charge.decline_code),
            conversation=order_id,
        )


def _answer_refund(ledger: Ledger, refund: PaymentOperation) -> None:
    if refund.outcome == Outcome.SUCCEEDED:
        _announce_refunded(ledger)
        return
    payment = ledger.payment
    payment.needs_attention = True
    payment.attention_reason = f"refund declined ({refund.decline_code}): {ledger.refundable} left"
    payment.save(update_fields=["needs_attention", "attention_reason"])


def _announce_refunded(ledger: Ledger) -> None:
    payment = ledger.payment
    publish(
        PaymentRefunded(
            order_id=payment.order_id, amount=ledger.refunded, currency=payment.currency
        ),
        conversation=payment.order_id,
    )
