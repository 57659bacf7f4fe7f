"""Webhooks of gateways: kept at once, understood a little later, matched with the ledger.

Receiving one stores it together with the command to heed it, so that the gateway is answered at
once and the work is a delivery like any other. The order in which they come means nothing: only an
operation that waits for its answer takes one, and what is concluded stays.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils import timezone

from outbox import bulk
from outbox.conversations import flow_of
from outbox.handling import cause_of
from outbox.publishing import publish
from outbox.wiring import publishes
from payments.commands import CallGateway, HeedWebhook
from payments.gateways.port import (
    Declined,
    Notice,
    Result,
    SendsWebhooks,
    Succeeded,
    UnknownGateway,
    gateway_named,
)
from payments.ledger import Ledger, lock_ledgers
from payments.models import OPEN, Outcome, PaymentOperation, Webhook, WebhookStatus
from payments.services import conclude, flag
from payments.services.requesting import call_of

PATIENCE = [timedelta(seconds=seconds) for seconds in (2, 10, 60, 600, 3600, 6 * 3600, 24 * 3600)]
"""When one that matches nothing is looked at again: its order may not be committed yet."""


@publishes(HeedWebhook)
def receive_webhook(*, gateway: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Keep what a gateway sent, once, and have it heeded.

    :raises UnknownGateway: no gateway of this name sends webhooks.
    :raises Forged: it is not signed by the gateway, or not now.
    :raises Unreadable: it is signed but cannot be read.
    """
    provider = gateway_named(gateway)
    if not isinstance(provider, SendsWebhooks):
        raise UnknownGateway(f"{gateway} sends no webhooks")
    notice = provider.read_webhook(body, headers)
    if notice is not None:
        _keep(_row(gateway, notice))


@transaction.atomic
def _keep(webhook: Webhook) -> None:
    """Store a webhook unless it is known, and have it heeded if it may speak of an order."""
    known = Webhook.objects.filter(gateway=webhook.gateway, event_id=webhook.event_id)
    Webhook.objects.bulk_create([webhook], ignore_conflicts=True)
    stored = known.get()
    if stored.id == webhook.id and webhook.order_id is not None:
        _have_heeded(HeedWebhook(order_id=webhook.order_id, webhook_id=webhook.id))


@transaction.atomic(savepoint=False)
def heed_webhooks(commands: Sequence[HeedWebhook]) -> None:
    """Match webhooks with the ledger, and let them answer what waits for an answer."""
    webhooks = Webhook.objects.in_bulk([command.webhook_id for command in commands])
    ledgers = lock_ledgers(command.order_id for command in commands)
    answers: list[tuple[CallGateway, Result]] = []
    heeded = []
    for command in commands:
        if _lacks_flow(command):
            _have_heeded(command)
            continue
        webhook, ledger = webhooks[command.webhook_id], ledgers.get(command.order_id)
        operation = _operation(ledger, webhook) if ledger else None
        result = webhook.result
        if ledger is None or operation is None or result is None:
            _look_again(command, webhook)
        else:
            webhook.status = WebhookStatus.MATCHED
            if operation.outcome in OPEN:
                answers.append((call_of(ledger, operation), result))
            elif not _agrees(operation, result):
                said = f"{webhook.type} {webhook.amount or webhook.decline_code}"
                flag(ledger, f"{operation} stands, but the gateway says {said}")
        heeded.append(webhook)
    bulk.update(heeded, ["status"])
    conclude(answers)


def _look_again(command: HeedWebhook, webhook: Webhook) -> None:
    if command.looked < len(PATIENCE):
        again = msgspec.structs.replace(command, looked=command.looked + 1)
        _have_heeded(again, after=PATIENCE[command.looked])
    else:
        webhook.status = WebhookStatus.UNMATCHED


def _have_heeded(command: HeedWebhook, *, after: timedelta | None = None) -> None:
    """Publish in the order's own flow, so that what follows is heard by whom it concerns."""
    publish(
        command,
        conversation=command.order_id,
        flow=flow_of(command.order_id),
        due_at=timezone.now() + after if after else None,
    )


def _lacks_flow(command: HeedWebhook) -> bool:
    """Tell whether the order was committed after its webhook had come."""
    cause = cause_of(command.order_id)
    return cause is not None and not cause.flow and bool(flow_of(command.order_id))


def _operation(ledger: Ledger, webhook: Webhook) -> PaymentOperation | None:
    """Find the operation of its key, or, where the gateway knows no key, the latest of its kind."""
    if webhook.gateway != ledger.payment.gateway:
        return None
    for operation in reversed(ledger.operations):
        if webhook.idempotency_key in {operation.idempotency_key, ""} and (
            operation.kind == webhook.kind
        ):
            return operation
    return None


def _agrees(operation: PaymentOperation, result: Succeeded | Declined) -> bool:
    if isinstance(result, Declined):
        return operation.outcome == Outcome.DECLINED
    same_amount = result.amount in {None, operation.amount}
    return operation.outcome == Outcome.SUCCEEDED and same_amount


def _row(gateway: str, notice: Notice) -> Webhook:
    webhook = Webhook(
        gateway=gateway,
        event_id=notice.event_id[:120],
        type=notice.type[:80],
        kind=notice.kind[:20],
        idempotency_key=notice.key[:80],
        order_id=_order_of(notice),
        happened_at=notice.happened_at,
    )
    match notice.result:
        case Succeeded(reference, amount):
            webhook.outcome = Outcome.SUCCEEDED
            webhook.gateway_reference, webhook.amount = reference[:120], amount
        case Declined(code):
            webhook.outcome, webhook.decline_code = Outcome.DECLINED, code[:60]
    if webhook.order_id is None:
        webhook.status = WebhookStatus.UNMATCHED
    return webhook


def _order_of(notice: Notice) -> UUID | None:
    """Return the order that it speaks of; our keys begin with it."""
    for text in (notice.order_id, notice.key.partition(":")[0]):
        try:
            return UUID(text)
        except ValueError:
            continue
    return None
