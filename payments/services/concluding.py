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
    flag,
)
from payments.services.refunding import give_back
from payments.services.requesting import call, request


@transaction.atomic(savepoint=False)
def conclude(answers: Sequence[tuple[CallGateway, Result]]) -> None:
    """Write the gateway's answers into the ledger and announce what they mean.

    Silence makes an operation ``unknown`` and announces nothing: it is neither success nor
    failure. An operation that has its answer keeps it.
    """
    ledgers = lock_ledgers(command.order_id for command, _ in answers)
    now = timezone.now()
    answered, given_up = [], []
    for command, result in answers:
        ledger = ledgers[command.order_id]
        operation = ledger.operation(command.key)
        if operation.outcome not in OPEN:
            continue
        operation.record(result, now)
        answered.append(operation)
        if operation.outcome == Outcome.UNKNOWN:
            continue
        if operation.outcome == Outcome.SUCCEEDED or operation.kind in BEGINNINGS:
            _announce(ledger, operation)
        else:
            _flag(ledger, operation)
        if ledger.payment.given_up and not _is_refused_return(operation):
            given_up.append(ledger)
    bulk.update(
        answered, ["outcome", "decline_code", "gateway_reference", "attempts", "concluded_at"]
    )
    request(give_back(given_up))


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
        announce_part_refunded(ledger, operation)


def _flag(ledger: Ledger, operation: PaymentOperation) -> None:
    left = ledger.capturable or ledger.refundable
    flag(ledger, f"{operation.kind} declined ({operation.decline_code}): {left} left")


def _is_refused_return(operation: PaymentOperation) -> bool:
    """Tell whether the gateway will not let money go: asking again at once would ask for ever."""
    is_return = operation.kind in (OperationKind.REFUND, OperationKind.VOID)
    return is_return and operation.outcome == Outcome.DECLINED
