"""Record in the ledger what humans did outside of the gateway, so that it is not done again.

It counts like the gateway's own success. Open operations are overtaken by it: a refund is no longer
requested, and a charge that succeeds later is refunded.
"""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from outbox.kit.rows import bulk
from payments.commands import (
    CallGateway,
    Hand,
    RecordCharge,
    RecordRefund,
    RecordRefundPart,
    WaivePayment,
)
from payments.ledger import Ledger, lock_ledgers
from payments.models import MADE_OUTSIDE, OperationKind, Outcome, Payment, PaymentOperation
from payments.services.announcements import (
    announce_captured,
    announce_part_refunded,
    announce_refunded,
)
from payments.services.attention import flag, unflag_what_a_human_did
from payments.services.postponing import withdraw
from payments.services.requesting import Entry, request

Record = RecordCharge | RecordRefund | RecordRefundPart | WaivePayment

R = TypeVar("R", bound=Record)

GOING_BACK = (OperationKind.REFUND, OperationKind.VOID)


@transaction.atomic(savepoint=False)
def record_charges(commands: Sequence[RecordCharge | WaivePayment]) -> None:
    """Enter money that was taken outside or waived, once; refund what the gateway took."""
    entries: list[Entry] = []
    for command, ledger in _with_ledgers(commands):
        if ledger.outside_charge is None:
            amount = command.amount if isinstance(command, RecordCharge) else 0
            enter_outside(ledger, OperationKind.CHARGE, amount, command.hand)
            withdraw(ledger)
        entries += excess_of(ledger)
        announce_captured(ledger)
        unflag_what_a_human_did(ledger)
    request(entries)


@transaction.atomic(savepoint=False)
def record_refunds(commands: Sequence[RecordRefund]) -> None:
    """Enter that all of an order's money was refunded by hand; the payment is given up."""
    for command, ledger in _with_ledgers(commands):
        ledger.payment.given_up = True
        ledger.payment.save(update_fields=["given_up"])
        _overtake(ledger.open_operations(*GOING_BACK))
        if ledger.set_aside and not ledger.open_operations(OperationKind.CAPTURE):
            enter_outside(ledger, OperationKind.VOID, ledger.set_aside, command.hand)
        if ledger.refundable:
            enter_outside(ledger, OperationKind.REFUND, ledger.refundable, command.hand)
        if not ledger.is_open:
            announce_refunded(ledger)
        unflag_what_a_human_did(ledger)


@transaction.atomic(savepoint=False)
def record_refund_parts(commands: Sequence[RecordRefundPart]) -> None:
    """Enter that returns were refunded by hand."""
    for command, ledger in _with_ledgers(commands):
        before = ledger.refund_of(command.return_id)
        if before and before.outcome == Outcome.SUCCEEDED:
            if not before.outside:
                flag(
                    ledger,
                    f"{before} at the gateway, and {command.hand.made_by} paid it by hand too",
                )
        else:
            _overtake([before] if before and before.is_open else [])
            settled = ledger.paid_for(command.return_id) + ledger.released_for(command.return_id)
            rest = command.amount - settled
            amount = min(rest, ledger.refundable)
            if found := _found_there(ledger, command, rest):
                _claim(found, command)
            else:
                enter_outside(
                    ledger, OperationKind.REFUND, amount, command.hand, return_id=command.return_id
                )
        announce_part_refunded(ledger, command.return_id, command.amount)
        unflag_what_a_human_did(ledger)


def was_overtaken(command: CallGateway) -> bool:
    """Tell whether a human has made this refund or void by hand."""
    if command.operation not in GOING_BACK:
        return False
    overtaken = PaymentOperation.objects.filter(decline_code=MADE_OUTSIDE)
    return overtaken.filter(idempotency_key=command.key).exists()


def excess_of(ledger: Ledger) -> list[Entry]:
    """Enter the void and refund of what the gateway took although it was settled outside."""
    if ledger.outside_charge is None:
        return []
    entries = []
    if ledger.set_aside and not ledger.open_operations(OperationKind.CAPTURE, OperationKind.VOID):
        entries.append(ledger.enter(OperationKind.VOID, ledger.set_aside))
    if too_much := ledger.with_gateway:
        for taken in ledger.taken_by_gateway:
            taken.excess = True
            taken.save(update_fields=["excess"])
        entries.append(ledger.enter(OperationKind.REFUND, too_much))
        entries[-1].excess = True
        settled_by = ledger.outside_charge.made_by
        flag(ledger, f"the gateway took {too_much}, which {settled_by} has settled: it goes back")
    return [(ledger, operation) for operation in entries]


def _with_ledgers(commands: Sequence[R]) -> list[tuple[R, Ledger]]:
    known = lock_ledgers(command.order_id for command in commands)
    pairs = []
    for command in commands:
        ledger = known.get(command.order_id)
        if ledger is None:
            ledger = Ledger(
                Payment(
                    order_id=command.order_id,
                    amount=getattr(command, "amount", 0),
                    currency=getattr(command, "currency", ""),
                )
            )
            bulk.insert([ledger.payment])
        pairs.append((command, ledger))
    return pairs


def _overtake(operations: Sequence[PaymentOperation]) -> None:
    """Close open operations that a human has made by hand."""
    for operation in operations:
        operation.outcome, operation.decline_code = Outcome.DECLINED, MADE_OUTSIDE
        operation.concluded_at = timezone.now()
    bulk.update(operations, ["outcome", "decline_code", "concluded_at"])


def _found_there(ledger: Ledger, command: RecordRefundPart, amount: int) -> PaymentOperation | None:
    """Return the refund if it was made in the gateway's dashboard and is in the ledger already."""
    of_no_return = (
        each
        for each in ledger.operations
        if each.made_there and each.outcome == Outcome.SUCCEEDED and each.return_id is None
    )
    named = (each for each in of_no_return if each.gateway_reference == command.hand.reference)
    return next((each for each in named if each.amount == amount), None)


def _claim(found: PaymentOperation, command: RecordRefundPart) -> None:
    """Record which return a refund was for, and who made it."""
    found.return_id = command.return_id
    hand = command.hand
    found.made_by, found.approved_by, found.how = hand.made_by, hand.approved_by, hand.how
    found.save(update_fields=["return_id", "made_by", "approved_by", "how"])


def enter_outside(  # noqa: PLR0913 - the columns of a row
    ledger: Ledger,
    kind: OperationKind,
    amount: int,
    hand: Hand,
    *,
    return_id: UUID | None = None,
    is_part: bool = False,
) -> PaymentOperation:
    """Enter an operation that a human made outside of the gateway.

    :param is_part: it is only part of what is owed.
    """
    operation = ledger.enter(kind, amount, return_id=return_id)
    operation.outside, operation.outcome = True, Outcome.SUCCEEDED
    operation.made_by, operation.approved_by = hand.made_by, hand.approved_by
    operation.how, operation.gateway_reference = hand.how, hand.reference
    operation.is_part, operation.concluded_at = is_part, timezone.now()
    bulk.insert([operation])
    return operation
