"""Commands to payments: the ledger's inside the database, the gateway's outside of it."""

from collections.abc import Sequence

from outbox.envelope import Envelope
from outbox.handling import rounds
from outbox.registry import Subscriber, Unfinished
from outbox.retry import Retry
from outbox.wiring import on_batch
from payments import services
from payments.commands import (
    AuthorizePayment,
    CallGateway,
    CapturePayment,
    ChargePayment,
    RefundPayment,
    RefundPaymentPart,
)
from payments.events import (
    PaymentAuthorized,
    PaymentCompleted,
    PaymentFailed,
    PaymentPartRefunded,
    PaymentRefunded,
)
from payments.gateways.port import Result, Unknown, gateway
from payments.models import BEGINNINGS, OperationKind


@on_batch(ChargePayment, publishes=[CallGateway, PaymentCompleted, PaymentFailed])
def charge(commands: Sequence[ChargePayment]) -> None:
    services.charge_orders(commands)


@on_batch(AuthorizePayment, publishes=[CallGateway, PaymentAuthorized, PaymentFailed])
def authorize(commands: Sequence[AuthorizePayment]) -> None:
    services.authorize_orders(commands)


@on_batch(CapturePayment, publishes=[CallGateway, PaymentCompleted])
def capture(commands: Sequence[CapturePayment]) -> None:
    services.capture_orders([command.order_id for command in commands])


@on_batch(RefundPayment, publishes=[CallGateway, PaymentRefunded])
def refund(commands: Sequence[RefundPayment]) -> None:
    services.refund_orders([command.order_id for command in commands])


@on_batch(RefundPaymentPart, publishes=[CallGateway, PaymentPartRefunded])
def refund_part(commands: Sequence[RefundPaymentPart]) -> None:
    services.refund_parts(commands)


def call_gateway(envelope: Envelope[CallGateway]) -> Result:
    """Carry out one operation at the gateway, outside any transaction."""
    command, provider = envelope.message, gateway()
    if command.operation in BEGINNINGS:
        is_charge = command.operation == OperationKind.CHARGE
        begin = provider.charge if is_charge else provider.authorize
        return begin(
            key=command.key,
            amount=command.amount,
            currency=command.currency,
            payment_method=command.payment_method,
            order_id=str(command.order_id),
        )
    match OperationKind(command.operation):
        case OperationKind.CAPTURE:
            go_on = provider.capture
        case OperationKind.VOID:
            go_on = provider.void
        case _:
            go_on = provider.refund
    return go_on(
        key=command.key,
        amount=command.amount,
        currency=command.currency,
        reference=command.reference,
    )


def conclude(
    envelopes: Sequence[Envelope[CallGateway]], results: Sequence[Result | Exception]
) -> list[Unfinished]:
    """Commit the answers; where there was none, the call is made again with the same key."""
    unfinished = []
    result_of = dict(zip((envelope.id for envelope in envelopes), results, strict=True))
    for batch in rounds(envelopes):
        answers = []
        for envelope in batch:
            result = result_of[envelope.id]
            if isinstance(result, Exception):
                result = Unknown(f"{type(result).__name__}: {result}")
            if isinstance(result, Unknown):
                unfinished.append(Unfinished(envelope, result.reason))
            answers.append((envelope.message, result))
        services.conclude(answers)
    return unfinished


gateway_calls = Subscriber(
    "gateway", call=call_gateway, conclude=conclude, retry=Retry(attempts=20, base=0.5, cap=300)
)
gateway_calls.hear(
    CallGateway,
    publishes=[
        CallGateway,
        PaymentAuthorized,
        PaymentCompleted,
        PaymentFailed,
        PaymentPartRefunded,
        PaymentRefunded,
    ],
)
