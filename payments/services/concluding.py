"""Record the gateway's answers in the ledger, and publish what follows from them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from outbox.kit.rows import bulk
from payments.commands import AskAfterPayment, CallGateway
from payments.gateways.port import Result, Succeeded
from payments.ledger import Ledger, lock_ledgers
from payments.models import (
    BEGINNINGS,
    OPEN,
    OperationKind,
    Outcome,
    PaymentOperation,
)
from payments.services.announcements import (
    announce_beginning,
    announce_captured,
    announce_declined,
    announce_part_captured,
    announce_part_refunded,
    announce_refunded,
    announce_unknown,
    announce_unresolved,
)
from payments.services.attention import flag, unflag_what_is_in_order
from payments.services.postponing import unless_postponed
from payments.services.recording import GOING_BACK, excess_of
from payments.services.refunding import return_money
from payments.services.requesting import Entry, request


@transaction.atomic(savepoint=False)
def conclude(answers: Sequence[tuple[CallGateway | AskAfterPayment, Result]]) -> None:
    """Record the gateway's answers and publish what follows from them.

    Without an answer an operation is ``unknown``, neither success nor failure; for an authorization
    this is published once, since its goods are only held. An operation keeps its first answer. One
    that the customer or the bank has yet to settle stays open (``postponing``).
    """
    ledgers = lock_ledgers(command.order_id for command, _ in answers)
    now = timezone.now()
    answered, given_up, correcting = [], [], []
    for command, result in answers:
        ledger = ledgers[command.order_id]
        operation = ledger.operation(command.key)
        if operation.was_overtaken and isinstance(result, Succeeded):
            _record_twice(ledger, operation, result, now)
            answered.append(operation)
        if operation.outcome not in OPEN:
            continue
        asked, is_first = operation.amount, operation.outcome == Outcome.REQUESTED
        answered.append(operation)
        is_canceled = isinstance(command, AskAfterPayment) and command.cancel
        final = unless_postponed(ledger, operation, result, is_canceled=is_canceled)
        if final is None:
            continue
        operation.record(final, now, currency=ledger.payment.currency)
        operation.came_late = ledger.payment.given_up or ledger.outside_charge is not None
        if operation.outcome == Outcome.UNKNOWN:
            if is_first and operation.kind == OperationKind.AUTHORIZE:
                announce_unknown(ledger)
            continue
        _note_saved_method(ledger, final)
        if operation.was_wrong:
            correcting += _correct(ledger, operation, asked)
        correcting += excess_of(ledger)
        _announce(ledger, operation)
        if ledger.payment.given_up and not _is_refused_return(operation):
            given_up.append(ledger)
    bulk.update(answered, _ANSWERED)
    unflag_what_is_in_order(ledgers.values())
    request([*correcting, *return_money(given_up)])


@transaction.atomic(savepoint=False)
def leave_unresolved(commands: Sequence[CallGateway | AskAfterPayment]) -> None:
    """Flag operations that used up their attempts without an answer."""
    if not commands:
        return
    ledgers = lock_ledgers(command.order_id for command in commands)
    for command in commands:
        ledger = ledgers[command.order_id]
        operation = ledger.operation(command.key)
        if operation.outcome in OPEN and ledger.outside_charge is None:
            announce_unresolved(ledger, operation)


_ANSWERED = [
    "amount",
    "outcome",
    "decline_code",
    "gateway_reference",
    "came_late",
    "attempts",
    "concluded_at",
    "excess",
    "action_required_at",
    "processing_since",
    "postponed_until",
]


def _correct(ledger: Ledger, operation: PaymentOperation, asked: int) -> list[Entry]:
    """Correct a wrong amount, and flag the payment: the gateway has to explain it.

    A wrong charge or authorization is refunded completely; of a wrong capture, only the excess.
    """
    what = operation.amount if operation.amount != asked else "another currency"
    flag(ledger, f"{operation.kind} of {asked} moved {what}: ask the gateway why")
    if operation.kind in BEGINNINGS:
        ledger.payment.given_up = True
        ledger.payment.save(update_fields=["given_up"])
    elif operation.kind == OperationKind.CAPTURE and operation.amount > asked:
        excess = operation.amount - asked
        return [(ledger, ledger.enter(OperationKind.REFUND, excess))]
    return []


def _record_twice(
    ledger: Ledger, operation: PaymentOperation, result: Succeeded, now: datetime
) -> None:
    """Record what the gateway did although a human did it by hand: too much was refunded."""
    operation.record(result, now, currency=ledger.payment.currency)
    operation.excess = True
    flag(ledger, f"{operation.kind} of {operation.amount} succeeded after it was made by hand")


def _note_saved_method(ledger: Ledger, result: Result) -> None:
    """Record for whom the gateway has saved the payment method."""
    if isinstance(result, Succeeded) and result.saved_for and ledger.payment.keeps_method:
        ledger.payment.saved_for = result.saved_for
        ledger.payment.save(update_fields=["saved_for"])


def _announce(ledger: Ledger, operation: PaymentOperation) -> None:
    has_succeeded = operation.outcome == Outcome.SUCCEEDED
    if operation.kind in GOING_BACK and ledger.has_nothing_forgone:
        announce_refunded(ledger)
    elif not has_succeeded and operation.kind not in BEGINNINGS:
        announce_declined(ledger, operation, operation.decline_code)
    elif not operation.excess:
        _announce_success(ledger, operation)


def _announce_success(ledger: Ledger, operation: PaymentOperation) -> None:
    if operation.kind in BEGINNINGS:
        if not (ledger.payment.given_up or ledger.outside_charge):
            announce_beginning(ledger)
    elif operation.shipment_id is not None:
        announce_part_captured(ledger, operation.shipment_id)
    elif operation.kind == OperationKind.CAPTURE:
        announce_captured(ledger)
    elif operation.return_id is not None:
        paid = ledger.paid_for(operation.return_id)
        announce_part_refunded(ledger, operation.return_id, paid)


def _is_refused_return(operation: PaymentOperation) -> bool:
    """Tell whether a refund or void was declined: requesting it again at once would loop."""
    is_return = operation.kind in (OperationKind.REFUND, OperationKind.VOID)
    return is_return and operation.outcome == Outcome.DECLINED
