"""Carry out an operation at its gateway: request it, request it again, or only look it up.

Providers forget idempotency keys (Stripe after 24 hours); after that, a call with the same key
makes a new operation. So a key is sent for 20 hours at most; later the operation is only looked up.

A request may be older than its line in the ledger: a database restored from a backup enters
the lost operations again, under the same keys. So an operation that may have been requested before
is looked up first.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from payments.commands import AskAfterPayment, CallGateway
from payments.gateways.line import PutOff, line_to
from payments.gateways.port import (
    CapturesInParts,
    Declined,
    Gateway,
    Result,
    Sought,
    Unknown,
    gateway_named,
)
from payments.models import OperationKind

KEY_IS_SENT_FOR = timedelta(hours=20)

LATEST_ARRIVAL = KEY_IS_SENT_FOR + timedelta(hours=1)
"""The age at which an operation unknown to the gateway counts as never arrived."""

LOOKED_UP_FROM = 5
"""The attempt from which a look-up comes first: the gateway may repeat a stored error."""

UUID_WITH_TIME = 7

NEVER_ARRIVED = "never_arrived"
"""The decline code of an operation that never arrived at the gateway."""


def carry_out(command: CallGateway, *, attempt: int, since: datetime) -> Result | PutOff:
    """Request or look up an operation, within the limits of calls to its gateway.

    :param attempt: the number of this attempt, from 1.
    :param since: when the operation was first requested.
    """
    name = command.gateway or settings.PAYMENT_GATEWAY
    provider = gateway_named(name)
    return line_to(name).call(lambda: _try(provider, command, attempt, since))


def look_up(command: CallGateway, *, since: datetime) -> Result | None:
    """Look up an operation that is no longer requested."""
    provider = gateway_named(command.gateway or settings.PAYMENT_GATEWAY)
    return provider.find(Sought(command.operation, command.key, command.reference, since))


def ask_after(command: AskAfterPayment, *, since: datetime) -> Result | PutOff:
    """Look up a postponed payment, or cancel it, within the limits of calls to its gateway."""
    provider = gateway_named(command.gateway or settings.PAYMENT_GATEWAY)
    sought = Sought(command.operation, command.key, command.reference, since)

    def ask() -> Result:
        if command.cancel:
            return provider.cancel(key=command.key, reference=command.reference)
        return provider.find(sought) or Unknown("the gateway does not know it any more")

    return line_to(command.gateway or settings.PAYMENT_GATEWAY).call(ask)


def _try(provider: Gateway, command: CallGateway, attempt: int, since: datetime) -> Result:
    age = timezone.now() - since
    if (
        attempt >= LOOKED_UP_FROM
        or age > KEY_IS_SENT_FOR
        or (attempt == 1 and _may_be_old(command, since))
    ):
        sought = Sought(command.operation, command.key, command.reference, since)
        found = provider.find(sought)
        if found is not None:
            return found
    if age > LATEST_ARRIVAL:
        return Declined(NEVER_ARRIVED)
    if age > KEY_IS_SENT_FOR:
        return Unknown("the gateway does not know it yet; it is not requested again")
    return _ask(provider, command)


def _may_be_old(command: CallGateway, since: datetime) -> bool:
    """Tell whether the first request may be older than the gateway remembers keys.

    It cannot be older than its order, whose id holds the time it was placed (RFC 9562, version 7).
    A refund is always looked up: refunds are rare, and nothing else prevents a second one.
    """
    if command.operation == OperationKind.REFUND:
        return True
    if command.order_id.version != UUID_WITH_TIME:
        return False
    placed_at = datetime.fromtimestamp((command.order_id.int >> 80) / 1000, tz=UTC)
    return since - placed_at > KEY_IS_SENT_FOR


def _ask(provider: Gateway, command: CallGateway) -> Result:
    kind = OperationKind(command.operation)
    if kind in {OperationKind.CHARGE, OperationKind.AUTHORIZE}:
        begin = provider.charge if kind == OperationKind.CHARGE else provider.authorize
        return begin(
            key=command.key,
            amount=command.amount,
            currency=command.currency,
            payment_method=command.payment_method,
            order_id=str(command.order_id),
            keep=command.keep,
            saved_for=command.saved_for,
        )
    capture = provider.capture
    if command.rest_stays and isinstance(provider, CapturesInParts):
        capture = provider.capture_part
    go_on = {
        OperationKind.CAPTURE: capture,
        OperationKind.VOID: provider.void,
        OperationKind.REFUND: provider.refund,
    }[kind]
    return go_on(
        key=command.key,
        amount=command.amount,
        currency=command.currency,
        reference=command.reference,
    )
