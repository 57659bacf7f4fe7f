"""Reconstruct the events of payments from their ledgers."""

from collections.abc import Collection, Iterator
from copy import copy
from datetime import datetime
from uuid import UUID

import msgspec

from outbox.history import PastEvent, reconstructs
from outbox.messages import Event
from payments.events import (
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentCompleted,
    PaymentFailed,
    PaymentPartCaptured,
    PaymentPartRefunded,
    PaymentRefunded,
    PaymentRefundedByHand,
    PaymentRefundFailed,
    PaymentUnknown,
    PaymentUnresolved,
)
from payments.ledger import TAKING, Ledger, read_ledgers
from payments.ledger_events import (
    accepted,
    action_required,
    beginning_of,
    captured,
    part_captured,
    part_refunded,
    refund_failed,
    refunded,
    refunded_by_hand,
)
from payments.models import BEGINNINGS, OperationKind, Outcome, PaymentOperation


@reconstructs(
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentCompleted,
    PaymentFailed,
    PaymentPartCaptured,
    PaymentPartRefunded,
    PaymentRefunded,
    PaymentRefundedByHand,
    PaymentRefundFailed,
    PaymentUnknown,
    PaymentUnresolved,
)
def payment_events(order_ids: Collection[UUID]) -> Iterator[PastEvent]:
    """Yield the events of the payments of orders.

    The ledger does not keep what moved no money: refunds of nothing, captures of nothing, and that
    a charge was withdrawn before it was made.
    """
    for order_id, ledger in read_ledgers(order_ids).items():
        for event, at in _events(ledger):
            yield PastEvent(event, order_id, at)


def _events(ledger: Ledger) -> Iterator[tuple[Event, datetime]]:
    for operation in ledger.operations:
        yield from _asked(ledger, operation)
        if operation.concluded_at and (event := _answer(ledger, operation)):
            yield event, operation.concluded_at
        if operation.failed_at and not operation.excess:
            before = _before_it_failed(ledger, operation, operation.failed_at)
            if ledger.payment.given_up and before.is_empty:
                yield refunded(before), before.last_answer_at
            yield refund_failed(ledger, operation), operation.failed_at
    has_gone_back = ledger.voided or ledger.taken_by_gateway
    if (ledger.has_nothing_forgone and has_gone_back) or (
        ledger.payment.given_up and ledger.is_empty
    ):
        yield refunded(ledger), ledger.last_answer_at
        if ledger.was_wrong and (failed := beginning_of(ledger)):
            yield failed, ledger.last_answer_at


def _asked(ledger: Ledger, operation: PaymentOperation) -> Iterator[tuple[Event, datetime]]:
    """Yield that an operation went unanswered."""
    order_id, asked_at = ledger.payment.order_id, operation.requested_at
    was_silent = operation.attempts > 1 or operation.outcome == Outcome.UNKNOWN
    if was_silent and operation.kind == OperationKind.AUTHORIZE:
        yield PaymentUnknown(order_id=order_id), asked_at
    if operation.outcome == Outcome.UNKNOWN and ledger.payment.needs_attention:
        yield PaymentUnresolved(order_id=order_id, operation=operation.kind), asked_at
    if operation.action_required_at and (required := action_required(ledger, operation)):
        yield required, operation.action_required_at
    if operation.processing_since and (settling := accepted(ledger, operation)):
        yield settling, operation.processing_since


def _answer(ledger: Ledger, operation: PaymentOperation) -> Event | None:
    """Return what was announced when the gateway answered, or a human said that it is done."""
    if operation.excess and operation.kind in TAKING and not operation.came_late:
        taken = captured(ledger)
        return msgspec.structs.replace(
            taken, amount=operation.amount, captured_at=operation.concluded_at
        )
    if operation.kind in BEGINNINGS and not operation.outside:
        return _beginning(ledger, operation)
    if operation.excess or (operation.outcome != Outcome.SUCCEEDED and not operation.failed_at):
        return None
    return _success(ledger, operation)


def _beginning(ledger: Ledger, operation: PaymentOperation) -> Event | None:
    if operation.came_late:
        return None
    if operation is not ledger.beginning:
        return beginning_of(Ledger(ledger.payment, [operation]))
    return None if ledger.was_wrong else beginning_of(ledger)


def _success(ledger: Ledger, operation: PaymentOperation) -> Event | None:
    if operation.shipment_id is not None:
        return part_captured(ledger, operation.shipment_id)
    if operation.kind in TAKING:
        return None if operation.came_late and operation.made_there else captured(ledger)
    if operation.kind in (OperationKind.RELEASE, OperationKind.VOID):
        return _released(ledger, operation)
    if operation.is_part:
        return refunded_by_hand(ledger, operation)
    if operation.return_id is not None:
        paid = operation.amount + _paid_before(ledger, operation)
        event = part_refunded(ledger, operation.return_id, paid)
        return msgspec.structs.replace(event, refunded_at=operation.concluded_at)
    return None


def _released(ledger: Ledger, operation: PaymentOperation) -> Event | None:
    """Return the refund of nothing that ends a return of what was only authorized."""
    return_id = operation.return_id
    if return_id is None or ledger.refund_of(return_id):
        return None
    return part_refunded(ledger, return_id, 0)


def _paid_before(ledger: Ledger, rest: PaymentOperation) -> int:
    """Return what a human had paid of a return, of which this refund paid the rest."""
    return sum(
        each.amount
        for each in ledger.operations
        if each.is_part
        and each.return_id == rest.return_id
        and each.requested_at < rest.requested_at
    )


def _before_it_failed(ledger: Ledger, failed: PaymentOperation, at: datetime) -> Ledger:
    """Return a ledger as it stood when a refund failed that had succeeded."""
    operations = []
    for each in ledger.operations:
        if each.concluded_at and each.concluded_at < at:
            stood = copy(each)
            if each is failed or (each.failed_at and each.failed_at > at):
                stood.outcome = Outcome.SUCCEEDED
            operations.append(stood)
    return Ledger(ledger.payment, operations)
