"""Entries for an order's timeline: gateway calls and their answers, without tokens."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from outbox.kit.money import money
from outbox.kit.timeline import Subject, TimelineEntry
from outbox.kit.wording import at_attempt, attempts_made
from payments.commands import CallGateway, RefundPaymentPart
from payments.events import (
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentUnknown,
    PaymentUnresolved,
)
from payments.models import OPEN, WRONG_AMOUNT, OperationKind, Outcome, PaymentOperation

SUCCEEDED = {
    OperationKind.CHARGE: "card charged {amount} {when}",
    OperationKind.AUTHORIZE: "{amount} set aside on the card {when}",
    OperationKind.CAPTURE: "{amount} captured {when}",
    OperationKind.VOID: "{amount} let go again",
    OperationKind.REFUND: "{amount} refunded",
}
DECLINED = {
    OperationKind.CHARGE: "card declined ({code}) {when}",
    OperationKind.AUTHORIZE: "card declined ({code}) {when}",
}
REFUSED = "the {kind} of {amount} was refused ({code}) {when}"
NO_ANSWER = "the gateway has not said what became of the {kind} of {amount} ({attempts} so far)"
NOT_ASKED_YET = "the {kind} of {amount} is not made yet"

TO_BE_CONFIRMED = (
    "waits for the customer to confirm the payment of {amount} with the bank until {until}"
)
IN_PROCESS = "the bank has accepted the {kind} of {amount} and settles it by {until}"

WITHOUT_ANSWER = {
    each.__name__
    for each in (
        *(PaymentAcceptedByBank, PaymentActionRequired),
        *(PaymentUnknown, PaymentUnresolved),
    )
}
"""Events that are published while a call has no answer, and so come before it."""


def entries(subject: Subject) -> Iterator[TimelineEntry]:
    """Yield two entries per operation, request and answer; one for an operation made by hand."""
    operations = PaymentOperation.objects.filter(payment__order_id=subject.order_id)
    for operation in operations.select_related("payment").order_by("id"):
        if operation.outside:
            yield _by_hand(operation)
        elif operation.kind == OperationKind.RELEASE:
            yield _released(subject, operation)
        else:
            yield from _of_operation(subject, operation)


def _by_hand(operation: PaymentOperation) -> TimelineEntry:
    """Return the entry of an operation that a human made outside the gateway."""
    amount = money(operation.amount, operation.payment.currency)
    by = " and ".join(each for each in (operation.made_by, operation.approved_by) if each)
    details = (amount, operation.how, operation.gateway_reference)
    done = f"{operation.kind} of {amount} made by hand by {by}"
    return TimelineEntry(
        at=operation.concluded_at or operation.requested_at,
        source="operator",
        what=f"{operation.kind} by hand: {by}",
        detail=", ".join(each for each in details if each),
        clause=f"{done} for a return" if operation.return_id else done,
        table="payments_payment",
        key=operation.payment_id,
    )


def _released(subject: Subject, operation: PaymentOperation) -> TimelineEntry:
    """Return the entry of a part of an authorization that will not be captured."""
    asked = subject.published(RefundPaymentPart, return_id=operation.return_id)
    amount = money(operation.amount, operation.payment.currency)
    return TimelineEntry(
        at=operation.requested_at,
        source="order",
        what="not to be captured",
        detail=amount,
        clause=f"{amount} of it will not be captured",
        table="payments_payment",
        key=operation.payment_id,
        after=_ids(*(each.id for each in asked[:1])),
        before=_ids(*(each.id for each in subject.caused_by(*(each.id for each in asked[:1])))),
    )


def _of_operation(subject: Subject, operation: PaymentOperation) -> Iterator[TimelineEntry]:
    calls = subject.published(CallGateway, key=operation.idempotency_key)
    amount = money(operation.amount, operation.payment.currency)
    is_open = operation.outcome in OPEN
    yield TimelineEntry(
        at=operation.requested_at,
        source="gateway",
        what=f"{operation.kind} asked for",
        detail=amount,
        clause=_clause(subject, operation) if is_open else "",
        table="payments_payment",
        key=operation.payment_id,
        after=_ids(calls[0].causation_id if calls else None),
        before=_ids(*(each.id for each in calls)),
    )
    for at, what in (
        (operation.action_required_at, "customer asked to confirm"),
        (operation.processing_since, "accepted by the bank"),
    ):
        if at is not None:
            yield TimelineEntry(
                at=at,
                source="gateway",
                what=f"{operation.kind}: {what}",
                detail=amount,
                table="payments_payment",
                key=operation.payment_id,
                after=_ids(*(each.id for each in calls[:1])),
            )
    if operation.concluded_at:
        answers = subject.caused_by(*(each.id for each in calls))
        yield TimelineEntry(
            at=operation.concluded_at,
            source="gateway",
            what=f"{operation.kind} {operation.outcome}{at_attempt(operation.attempts)}",
            detail=", ".join(part for part in (amount, operation.decline_code) if part),
            clause=_clause(subject, operation),
            table="payments_payment",
            key=operation.payment_id,
            after=_ids(*(each.id for each in calls[:1])),
            before=_ids(*(each.id for each in answers if each.type not in WITHOUT_ANSWER)),
        )


def _clause(subject: Subject, operation: PaymentOperation) -> str:
    kind = OperationKind(operation.kind)
    template = {
        Outcome.SUCCEEDED: SUCCEEDED[kind],
        Outcome.DECLINED: DECLINED.get(kind, REFUSED),
        Outcome.UNKNOWN: NO_ANSWER,
        Outcome.REQUESTED: NOT_ASKED_YET,
        Outcome.REQUIRES_ACTION: TO_BE_CONFIRMED,
        Outcome.PROCESSING: IN_PROCESS,
    }[Outcome(operation.outcome)]
    clause = template.format(
        kind=kind.value,
        amount=money(operation.amount, operation.payment.currency),
        code=operation.decline_code,
        attempts=attempts_made(operation.attempts),
        when=subject.clock(operation.concluded_at) if operation.concluded_at else "",
        until=_until(subject, operation.postponed_until) if operation.postponed_until else "",
    )
    if operation.outcome == Outcome.SUCCEEDED:
        clause += at_attempt(operation.attempts, behind=", " if "{when}" in template else " ")
        clause += ", which is not what was asked for" * (operation.decline_code == WRONG_AMOUNT)
    return f"{clause} for a return" if operation.return_id else clause


def _ids(*ids: UUID | None) -> tuple[UUID, ...]:
    return tuple(each for each in ids if each)


def _until(subject: Subject, moment: datetime) -> str:
    """Return the time as it stands behind ``until`` and ``by``."""
    return subject.clock(moment).removeprefix("at ").removeprefix("on ")
