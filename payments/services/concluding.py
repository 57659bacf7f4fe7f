"""What the gateway has answered: into the ledger, and out to the world."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from outbox import bulk
from payments.commands import CallGateway
from payments.gateways.port import Result
from payments.ledger import Ledger, lock_ledgers
from payments.models import BEGINNINGS, OPEN, OperationKind, Outcome, PaymentOperation
from payments.services.announcing import (
    announce_beginning,
    announce_captured,
    announce_part_refunded,
    announce_unknown,
    announce_unresolved,
    flag,
)
from payments.services.refunding import give_back
from payments.services.requesting import Entry, call, request


@transaction.atomic(savepoint=False)
def conclude(answers: Sequence[tuple[CallGateway, Result]]) -> None:
    """Write the gateway's answers into the ledger and announce what they mean.

    Silence makes an operation ``unknown``: it is neither success nor failure, and is announced
    once for an authorization, whose goods are only held. An operation that has its answer keeps it.
    """
    ledgers = lock_ledgers(command.order_id for command, _ in answers)
    now = timezone.now()
    answered, given_up, correcting = [], [], []
    for command, result in answers:
        ledger = ledgers[command.order_id]
        operation = ledger.operation(command.key)
        if operation.outcome not in OPEN:
            continue
        asked, is_first = operation.amount, operation.outcome == Outcome.REQUESTED
        operation.record(result, now, currency=ledger.payment.currency)
        operation.came_late = ledger.payment.given_up
        answered.append(operation)
        if operation.outcome == Outcome.UNKNOWN:
            if is_first and operation.kind == OperationKind.AUTHORIZE:
                announce_unknown(ledger)
            continue
        if operation.was_wrong:
            correcting += _correct(ledger, operation, asked)
        if operation.outcome == Outcome.SUCCEEDED or operation.kind in BEGINNINGS:
            _announce(ledger, operation)
        else:
            _flag(ledger, operation)
        if ledger.payment.given_up and not _is_refused_return(operation):
            given_up.append(ledger)
    bulk.update(answered, _ANSWERED)
    request([*correcting, *give_back(given_up)])


@transaction.atomic(savepoint=False)
def leave_unresolved(commands: Sequence[CallGateway]) -> None:
    """Have a human find out about operations that used up their tries without an answer."""
    if not commands:
        return
    ledgers = lock_ledgers(command.order_id for command in commands)
    for command in commands:
        ledger = ledgers[command.order_id]
        operation = ledger.operation(command.key)
        if operation.outcome in OPEN:
            announce_unresolved(ledger, operation)


_ANSWERED = [
    "amount",
    "outcome",
    "decline_code",
    "gateway_reference",
    "came_late",
    "attempts",
    "concluded_at",
]


def _correct(ledger: Ledger, operation: PaymentOperation, asked: int) -> list[Entry]:
    """Undo a wrong amount, and tell a human: the gateway has to explain it.

    An order is not begun on it: all goes back. A capture keeps what was asked for.
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


def _announce(ledger: Ledger, operation: PaymentOperation) -> None:
    if operation.kind in BEGINNINGS:
        if not ledger.payment.given_up:
            announce_beginning(ledger)
    elif operation.kind == OperationKind.CAPTURE:
        announce_captured(ledger)
        # Refunds of returns that were asked for before have waited for this.
        for refund in ledger.open_operations(OperationKind.REFUND):
            call(ledger, refund)
    elif operation.return_id is not None:
        announce_part_refunded(ledger, operation.return_id, operation.amount)


def _flag(ledger: Ledger, operation: PaymentOperation) -> None:
    left = ledger.capturable or ledger.refundable
    flag(ledger, f"{operation.kind} declined ({operation.decline_code}): {left} left")


def _is_refused_return(operation: PaymentOperation) -> bool:
    """Tell whether the gateway will not let money go: asking again at once would ask for ever."""
    is_return = operation.kind in (OperationKind.REFUND, OperationKind.VOID)
    return is_return and operation.outcome == Outcome.DECLINED
