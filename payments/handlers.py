"""Handle the commands to payments, inside the database and at the gateway."""

from collections.abc import Sequence

from django.conf import settings

from outbox.commands import AlertOperators
from outbox.handling import rounds
from outbox.messages import Envelope
from outbox.registry import OutsideSubscriber, Unfinished
from outbox.retry import Retry
from outbox.wiring import on_batch
from payments import services
from payments.calling import ask_after, carry_out, look_up
from payments.commands import (
    AskAfterPayment,
    AuthorizePayment,
    CallGateway,
    CapturePaymentPart,
    ChargePayment,
    HeedWebhook,
    RecordCharge,
    RecordRefund,
    RecordRefundPart,
    RefundPayment,
    RefundPaymentPart,
    WaivePayment,
)
from payments.events import (
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentCaptureDeclined,
    PaymentCompleted,
    PaymentFailed,
    PaymentPartCaptured,
    PaymentPartRefunded,
    PaymentRefundDeclined,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentUnknown,
    PaymentUnresolved,
)
from payments.gateways.line import PutOff
from payments.gateways.port import Declined, Result, Unknown
from payments.models import MADE_OUTSIDE
from payments.webhooks import heed_webhooks

ANSWERS = (
    AlertOperators,
    AskAfterPayment,
    CallGateway,
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentCaptureDeclined,
    PaymentCompleted,
    PaymentFailed,
    PaymentPartCaptured,
    PaymentPartRefunded,
    PaymentRefundDeclined,
    PaymentRefunded,
)
"""What may follow when a gateway has answered."""


BEGUN = (
    CallGateway,
    PaymentAcceptedByBank,
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentCompleted,
    PaymentFailed,
)
"""What may follow a request to charge or authorize, or its repetition."""


@on_batch(ChargePayment, publishes=BEGUN)
def charge(commands: Sequence[ChargePayment]) -> None:
    services.charge_orders(commands)


@on_batch(AuthorizePayment, publishes=BEGUN)
def authorize(commands: Sequence[AuthorizePayment]) -> None:
    services.authorize_orders(commands)


@on_batch(CapturePaymentPart, publishes=[CallGateway, PaymentCaptureDeclined, PaymentPartCaptured])
def capture_part(commands: Sequence[CapturePaymentPart]) -> None:
    services.capture_parts(commands)


@on_batch(
    RefundPayment,
    publishes=[
        *(AskAfterPayment, CallGateway),
        *(PaymentFailed, PaymentRefundDeclined, PaymentRefunded),
    ],
)
def refund(commands: Sequence[RefundPayment]) -> None:
    services.refund_orders([command.order_id for command in commands])


@on_batch(
    RefundPaymentPart,
    publishes=[AlertOperators, CallGateway, PaymentPartRefunded, PaymentRefundDeclined],
)
def refund_part(commands: Sequence[RefundPaymentPart]) -> None:
    services.refund_parts(commands)


@on_batch(RecordCharge, publishes=[AlertOperators, AskAfterPayment, CallGateway, PaymentCompleted])
def record_charge(commands: Sequence[RecordCharge]) -> None:
    services.record_charges(commands)


@on_batch(WaivePayment, publishes=[AlertOperators, AskAfterPayment, CallGateway, PaymentCompleted])
def waive_payment(commands: Sequence[WaivePayment]) -> None:
    services.record_charges(commands)


@on_batch(RecordRefund, publishes=[PaymentFailed, PaymentRefunded])
def record_refund(commands: Sequence[RecordRefund]) -> None:
    services.record_refunds(commands)


@on_batch(RecordRefundPart, publishes=[AlertOperators, PaymentPartRefunded])
def record_refund_part(commands: Sequence[RecordRefundPart]) -> None:
    services.record_refund_parts(commands)


@on_batch(HeedWebhook, publishes=[HeedWebhook, PaymentRefundFailed, *ANSWERS])
def heed_webhook(commands: Sequence[HeedWebhook]) -> None:
    heed_webhooks(commands)


def call_gateway(envelope: Envelope[CallGateway | AskAfterPayment]) -> Result | PutOff | None:
    """Carry out one operation at the gateway, outside any transaction, or ask what became of it.

    A refund or void that a human has made by hand meanwhile is only looked up. Nothing is asked
    after a payment whose wait is over.
    """
    if isinstance(envelope.message, AskAfterPayment):
        is_over = not services.is_still_postponed(envelope.message)
        return None if is_over else ask_after(envelope.message, since=envelope.recorded_at)
    if services.was_overtaken(envelope.message):
        done = look_up(envelope.message, since=envelope.recorded_at)
        return done or Declined(MADE_OUTSIDE)
    return carry_out(envelope.message, attempt=envelope.attempt, since=envelope.recorded_at)


def conclude(
    envelopes: Sequence[Envelope[CallGateway | AskAfterPayment]],
    results: Sequence[Result | PutOff | Exception | None],
) -> list[Unfinished]:
    """Commit the answers; a call without an answer is repeated with the same key.

    A call that was put off uses up no attempt, but its outcome is unknown too.

    After the last attempt a human has to find out.
    """
    unfinished = []
    result_of = dict(zip((envelope.id for envelope in envelopes), results, strict=True))
    for batch in rounds(envelopes):
        answers: list[tuple[CallGateway | AskAfterPayment, Result]] = []
        unresolved = []
        put_off = []
        for envelope in batch:
            result = result_of[envelope.id]
            if result is None:
                continue
            if isinstance(result, PutOff):
                reason = "the call was put off: the gateway is down or at its limit"
                unfinished.append(Unfinished(envelope, reason, result.after, tried=False))
                put_off.append(envelope.message.order_id)
                continue
            if isinstance(result, Exception):
                result = Unknown(f"{type(result).__name__}: {result}")
            if isinstance(result, Unknown):
                unfinished.append(Unfinished(envelope, result.reason, result.retry_after))
                if gateway_calls.retry.exhausted(envelope.attempt):
                    unresolved.append(envelope.message)
            answers.append((envelope.message, result))
        services.conclude(answers)
        services.leave_unresolved(unresolved)
        services.leave_unknown(put_off)
    return unfinished


gateway_calls = OutsideSubscriber(
    "gateway",
    call=call_gateway,
    conclude=conclude,
    # About a day: longer than a key is sent and may take to arrive.
    retry=Retry(attempts=100, base=0.5, cap=1800),
    calls_at_once=settings.GATEWAY_CALLS_AT_ONCE,
)
for asked in (CallGateway, AskAfterPayment):
    gateway_calls.subscribe_to(asked, publishes=[*ANSWERS, PaymentUnknown, PaymentUnresolved])
