"""The events of payments, told again from their ledgers."""

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

import msgspec

from outbox.messages import Event
from outbox.retelling import Told, tells
from payments.events import (
    PaymentAuthorized,
    PaymentCompleted,
    PaymentFailed,
    PaymentPartRefunded,
    PaymentRefunded,
    PaymentUnknown,
    PaymentUnresolved,
)
from payments.ledger import TAKING, Ledger, read_ledgers
from payments.meaning import beginning_of, captured, part_refunded, refunded
from payments.models import BEGINNINGS, OperationKind, Outcome, PaymentOperation


@tells(
    PaymentAuthorized,
    PaymentCompleted,
    PaymentFailed,
    PaymentPartRefunded,
    PaymentRefunded,
    PaymentUnknown,
    PaymentUnresolved,
)
def tell(order_ids: Collection[UUID]) -> Iterator[Told]:
    """Tell what became of the money of orders.

    What moves no money leaves no trace in a ledger and is not told: refunds of nothing, captures of
    nothing, and that a charge was withdrawn before it was made.
    """
    for order_id, ledger in read_ledgers(order_ids).items():
        for event, at in _events(ledger):
            yield Told(event, order_id, at)


def _events(ledger: Ledger) -> Iterator[tuple[Event, datetime]]:
    for operation in ledger.operations:
        yield from _asked(ledger, operation)
        if operation.concluded_at and (event := _answer(ledger, operation)):
            yield event, operation.concluded_at
    has_gone_back = ledger.voided or ledger.taken_by_gateway
    if (ledger.has_nothing_forgone and has_gone_back) or (
        ledger.payment.given_up and ledger.is_empty
    ):
        yield refunded(ledger), ledger.last_answer_at
        if ledger.was_wrong and (failed := beginning_of(ledger)):
            yield failed, ledger.last_answer_at


def _asked(ledger: Ledger, operation: PaymentOperation) -> Iterator[tuple[Event, datetime]]:
    """Tell of the silence after an operation was asked for."""
    order_id, asked_at = ledger.payment.order_id, operation.requested_at
    was_silent = operation.attempts > 1 or operation.outcome == Outcome.UNKNOWN
    if was_silent and operation.kind == OperationKind.AUTHORIZE:
        yield PaymentUnknown(order_id=order_id), asked_at
    if operation.outcome == Outcome.UNKNOWN and ledger.payment.needs_attention:
        yield PaymentUnresolved(order_id=order_id, operation=operation.kind), asked_at


def _answer(ledger: Ledger, operation: PaymentOperation) -> Event | None:
    """Return what was announced when the gateway answered."""
    if operation.excess and operation.kind in TAKING and not operation.came_late:
        taken = captured(ledger)
        return msgspec.structs.replace(
            taken, amount=operation.amount, captured_at=operation.concluded_at
        )
    if operation.kind in BEGINNINGS and not operation.outside:
        return None if operation.came_late or ledger.was_wrong else beginning_of(ledger)
    if operation.outcome != Outcome.SUCCEEDED or operation.excess:
        return None
    if operation.kind in TAKING:
        return captured(ledger)
    if operation.return_id is not None:
        return part_refunded(ledger, operation.return_id, operation.amount)
    return None
