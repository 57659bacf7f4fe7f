"""How an operation is carried out at its gateway: asked for, asked for again, or only looked up.

Providers forget idempotency keys (Stripe after 24 hours): after that a call with the same key is a
new one. So a key is sent for 20 hours at most, and later the gateway is only asked what became of
it.

An intent may be older than its line in the ledger: a database that was restored from yesterday
enters today what it has forgotten, under the key of then. So what may have been asked for before is
looked up before it is asked for.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from payments.commands import CallGateway
from payments.gateways.line import PutOff, line_to
from payments.gateways.port import Declined, Gateway, Result, Sought, Unknown, gateway_named
from payments.models import OperationKind

KEY_IS_SENT_FOR = timedelta(hours=20)

LATEST_ARRIVAL = KEY_IS_SENT_FOR + timedelta(hours=1)
"""What the gateway has not heard of by then has never arrived, and never will."""

LOOKED_UP_FROM = 5
"""The try from which a gateway is first asked what it knows: it may repeat a stored error."""

UUID_WITH_TIME = 7

NEVER_ARRIVED = "never_arrived"
"""The decline code of an operation of which the gateway has never heard."""


def carry_out(command: CallGateway, *, attempt: int, since: datetime) -> Result | PutOff:
    """Bring an operation nearer to its outcome, if the gateway's line is free.

    :param attempt: which try this is, from 1.
    :param since: when the operation was first asked for.
    """
    name = command.gateway or settings.PAYMENT_GATEWAY
    provider = gateway_named(name)
    return line_to(name).call(lambda: _try(provider, command, attempt, since))


def look_up(command: CallGateway, *, since: datetime) -> Result | None:
    """Ask the gateway what became of an operation that is not asked for any more."""
    provider = gateway_named(command.gateway or settings.PAYMENT_GATEWAY)
    return provider.find(Sought(command.operation, command.key, command.reference, since))


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
        return Unknown("the gateway has not heard of it; it is not asked again")
    return _ask(provider, command)


def _may_be_old(command: CallGateway, since: datetime) -> bool:
    """Tell whether the intent may be older than the gateway remembers keys.

    None is older than its order, whose id says when that was placed (RFC 9562, version 7). A refund
    is always looked up: it is rare, and nothing else stops a second one.
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
        )
    go_on = {
        OperationKind.CAPTURE: provider.capture,
        OperationKind.VOID: provider.void,
        OperationKind.REFUND: provider.refund,
    }[kind]
    return go_on(
        key=command.key,
        amount=command.amount,
        currency=command.currency,
        reference=command.reference,
    )
