"""Charges and authorizations that the customer or the bank has yet to settle.

The gateway's webhook usually says how they end. Should it be lost, the gateway is asked, at growing
intervals; at the deadline the payment is canceled there. So payments end such a wait themselves,
in every flow.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from outbox import publishing
from outbox.kit.clock import database_now
from outbox.publishing import publish
from payments.commands import AskAfterPayment
from payments.events import WITHDRAWN
from payments.gateways.port import (
    Declined,
    Postponed,
    Processing,
    RequiresAction,
    Result,
    Unknown,
)
from payments.gateways.results import CANCELED
from payments.ledger import Ledger
from payments.models import (
    NOT_CONFIRMED,
    POSTPONED,
    CustomerAction,
    Outcome,
    PaymentOperation,
)
from payments.services.announcements import announce_postponed
from payments.services.attention import flag

FIRST_LOOK, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
"""When a postponed payment is first looked up, and the longest time between two look-ups."""


def unless_postponed(
    ledger: Ledger, operation: PaymentOperation, answered: Result, *, is_canceled: bool
) -> Result | None:
    """Return the answer that ends an operation; ``None`` if it is postponed, or still is.

    :param is_canceled: whether the gateway was told to cancel it.
    """
    if isinstance(answered, RequiresAction | Processing):
        _postpone(ledger, operation, answered, is_canceled=is_canceled)
        return None
    if not operation.is_postponed:
        return answered
    if isinstance(answered, Unknown):
        operation.attempts += 1
        return None
    _forget_action(operation)
    publishing.withdraw(AskAfterPayment, [ledger.payment.order_id])
    if isinstance(answered, Declined) and answered.code == CANCELED:
        is_unwanted = ledger.payment.given_up or ledger.outside_charge is not None
        return Declined(WITHDRAWN if is_unwanted else NOT_CONFIRMED, answered.reference)
    return answered


def _postpone(
    ledger: Ledger, operation: PaymentOperation, answered: Postponed, *, is_canceled: bool
) -> None:
    """Record that the customer or the bank has to settle an operation; the row is not saved.

    A new wait gets a deadline and is published. If the payment is given up, it is canceled at the
    gateway at once, and the customer is asked for nothing. A wait that is too long is ended so too;
    operators are told of a payment that cannot be canceled.
    """
    before, now = operation.outcome, database_now()
    operation.record(answered, now, currency=ledger.payment.currency)
    if operation.outcome != before:
        operation.postponed_until = now + _patience(ledger, operation)
        is_unwanted = ledger.payment.given_up or ledger.outside_charge is not None
        if isinstance(answered, Processing):
            operation.processing_since = now
            _forget_action(operation)
            announce_postponed(ledger)
        elif not is_unwanted:
            operation.action_required_at = now
            _keep_action(operation, answered)
            announce_postponed(ledger)
        if is_unwanted:
            withdraw(ledger)
            return
    elif operation.postponed_until is not None and operation.postponed_until <= now:
        if not is_canceled:
            withdraw(ledger)
            return
        operation.postponed_until = now + _patience(ledger, operation)
        what = f"{operation.kind} of {operation.amount} is {operation.outcome} for too long"
        flag(ledger, f"{what}: ask the gateway", passes=True, alert=True)
        announce_postponed(ledger)
    _ask_later(ledger, operation, now)


def withdraw(ledger: Ledger) -> None:
    """Cancel at the gateway what the customer or the bank has yet to settle."""
    for operation in ledger.open_operations():
        if operation.is_postponed:
            _forget_action(operation)
            _ask_after(ledger, operation, cancel=True)


def action_required_of(order_id: UUID) -> CustomerAction | None:
    """Return what the customer needs to confirm the payment of an order; it is a secret."""
    actions = CustomerAction.objects.filter(
        operation__payment__order_id=order_id,
        operation__outcome=Outcome.REQUIRES_ACTION,
        operation__postponed_until__gt=database_now(),
    )
    return actions.select_related("operation__payment").first()


def is_still_postponed(command: AskAfterPayment) -> bool:
    """Tell whether the wait that a command belongs to goes on."""
    return PaymentOperation.objects.filter(
        idempotency_key=command.key, outcome__in=POSTPONED, postponed_until=command.until
    ).exists()


def _keep_action(operation: PaymentOperation, required: RequiresAction) -> None:
    CustomerAction.objects.update_or_create(
        operation=operation,
        defaults={"client_secret": required.client_secret, "address": required.address},
    )


def _forget_action(operation: PaymentOperation) -> None:
    CustomerAction.objects.filter(operation=operation).delete()


def _patience(ledger: Ledger, operation: PaymentOperation) -> timedelta:
    """Return how long the customer, who may be away, or the bank may take."""
    if operation.outcome == Outcome.REQUIRES_ACTION:
        if ledger.payment.method_of:
            return timedelta(hours=settings.PAYMENT_ACTION_AWAY_HOURS)
        return timedelta(minutes=settings.PAYMENT_ACTION_MINUTES)
    return timedelta(days=settings.PAYMENT_PROCESSING_DAYS)


def _ask_later(ledger: Ledger, operation: PaymentOperation, now: datetime) -> None:
    """Schedule the next look-up; at the deadline the payment is canceled instead."""
    until = operation.postponed_until or now
    since = operation.processing_since or operation.action_required_at or now
    pause = min(max(FIRST_LOOK, now - since), LONGEST_PAUSE)
    due_at = min(now + pause, until)
    _ask_after(ledger, operation, cancel=due_at == until, due_at=due_at)


def _ask_after(
    ledger: Ledger,
    operation: PaymentOperation,
    *,
    cancel: bool,
    due_at: datetime | None = None,
) -> None:
    payment = ledger.payment
    publishing.withdraw(AskAfterPayment, [payment.order_id])
    publish(
        AskAfterPayment(
            order_id=payment.order_id,
            operation=operation.kind,
            key=operation.idempotency_key,
            reference=operation.gateway_reference,
            gateway=payment.gateway,
            until=operation.postponed_until or operation.requested_at,
            cancel=cancel,
        ),
        conversation=payment.order_id,
        due_at=due_at,
    )
