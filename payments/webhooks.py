"""Store the webhooks of gateways, and match them with the ledger.

A webhook is stored together with the command to process it, so that the gateway is answered at once
and the work is a message like any other. They may arrive in any order: see ``services.following``
and ``services.disputing``.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils import timezone

from outbox.alerts import alert_operators
from outbox.conversations import flow_of
from outbox.handling import cause_of
from outbox.kit.rows import bulk
from outbox.publishing import publish
from outbox.wiring import publishes
from payments.commands import HeedWebhook
from payments.gateways.port import (
    Declined,
    Notice,
    Processing,
    SendsWebhooks,
    Succeeded,
    UnknownGateway,
    gateway_named,
)
from payments.ledger import Ledger, lock_ledgers
from payments.models import Outcome, Webhook, WebhookStatus
from payments.services.disputing import note_dispute
from payments.services.following import follow
from payments.services.matching import News, order_in, order_of_payment

PATIENCE = [timedelta(seconds=seconds) for seconds in (2, 10, 60, 600, 3600, 6 * 3600, 24 * 3600)]
"""When an unmatched webhook is tried again: its order may not be committed yet."""


@publishes(HeedWebhook)
def receive_webhook(*, gateway: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Verify a webhook, store it once, and publish the command to process it.

    :raises UnknownGateway: no gateway of this name sends webhooks.
    :raises Forged: the gateway did not sign it, or not within the last minutes.
    :raises Unreadable: it is signed, but has not the form of an event.
    """
    provider = gateway_named(gateway)
    if not isinstance(provider, SendsWebhooks):
        raise UnknownGateway(f"{gateway} sends no webhooks")
    notice = provider.read_webhook(body, headers)
    if notice is not None:
        keep(gateway, notice)


def keep(gateway: str, notice: Notice) -> None:
    """Store a notice unless it is known, and publish the command to process it."""
    _keep(_row(gateway, notice))


@transaction.atomic
def _keep(webhook: Webhook) -> None:
    known = Webhook.objects.filter(gateway=webhook.gateway, event_id=webhook.event_id)
    Webhook.objects.bulk_create([webhook], ignore_conflicts=True)
    if known.get().id == webhook.id:
        # Until its order is known, a webhook is a conversation of its own.
        order_id = webhook.order_id or webhook.id
        _have_heeded(HeedWebhook(order_id=order_id, webhook_id=webhook.id))


@transaction.atomic(savepoint=False)
def heed_webhooks(commands: Sequence[HeedWebhook]) -> None:
    """Match webhooks with the ledger, and update it."""
    webhooks = Webhook.objects.in_bulk([command.webhook_id for command in commands])
    ledgers = lock_ledgers(command.order_id for command in commands)
    heeded = []
    for command in commands:
        webhook, ledger = webhooks[command.webhook_id], ledgers.get(command.order_id)
        if _lacks_flow(command):
            _have_heeded(command)
        elif moved := _of_another_order(command, webhook):
            _have_heeded(moved)
        elif ledger is not None and _take_in(ledger, webhook):
            webhook.status = WebhookStatus.MATCHED
        else:
            _look_again(command, webhook)
        heeded.append(webhook)
    bulk.update(heeded, ["status", "order_id"])


def _of_another_order(command: HeedWebhook, webhook: Webhook) -> HeedWebhook | None:
    """Return the command for the order's conversation, if that is another one."""
    if webhook.order_id is None:
        webhook.order_id = order_of_payment(webhook.gateway, webhook.about)
    if webhook.order_id in {None, command.order_id}:
        return None
    return msgspec.structs.replace(command, order_id=webhook.order_id)


def _take_in(ledger: Ledger, webhook: Webhook) -> bool:
    """Update the ledger; return whether the webhook could be matched."""
    if webhook.gateway != ledger.payment.gateway:
        return False
    if said := webhook.dispute:
        note_dispute(ledger, said, at=webhook.happened_at)
        return True
    result = webhook.result
    return result is not None and follow(
        ledger, News(webhook.kind, webhook.idempotency_key, result)
    )


def _look_again(command: HeedWebhook, webhook: Webhook) -> None:
    if command.looked < len(PATIENCE):
        again = msgspec.structs.replace(command, looked=command.looked + 1)
        _have_heeded(again, after=PATIENCE[command.looked])
        return
    webhook.status = WebhookStatus.UNMATCHED
    alert_operators(
        subject="A webhook matches no payment",
        text=f"{webhook.type} {webhook.event_id} of {webhook.gateway} is about"
        f" {webhook.about or webhook.gateway_reference or 'no payment of ours'}: look there",
        conversation=command.order_id,
    )


def _have_heeded(command: HeedWebhook, *, after: timedelta | None = None) -> None:
    """Publish in the order's flow, so that the events that follow reach its subscribers."""
    publish(
        command,
        conversation=command.order_id,
        flow=flow_of(command.order_id),
        due_at=timezone.now() + after if after else None,
    )


def _lacks_flow(command: HeedWebhook) -> bool:
    """Tell whether the order was committed after its webhook was received."""
    cause = cause_of(command.order_id)
    return cause is not None and not cause.flow and bool(flow_of(command.order_id))


def _row(gateway: str, notice: Notice) -> Webhook:
    webhook = Webhook(
        gateway=gateway,
        event_id=notice.event_id,
        type=notice.type,
        kind=notice.kind,
        idempotency_key=notice.key,
        order_id=_order_of(gateway, notice),
        about=notice.about,
        happened_at=notice.happened_at,
    )
    match notice.result:
        case Succeeded(reference, amount, currency, saved_for):
            webhook.outcome = Outcome.SUCCEEDED
            webhook.gateway_reference, webhook.amount = reference, amount
            webhook.currency, webhook.saved_for = currency, saved_for
        case Declined(code, reference):
            webhook.outcome, webhook.decline_code = Outcome.DECLINED, code
            webhook.gateway_reference = reference
        case Processing(reference):
            webhook.outcome, webhook.gateway_reference = Outcome.PROCESSING, reference
    if dispute := notice.dispute:
        webhook.gateway_reference, webhook.decline_code = dispute.reference, dispute.reason
        webhook.amount, webhook.currency = dispute.amount, dispute.currency
        webhook.stage, webhook.answer_by = dispute.stage, dispute.answer_by
    return webhook


def _order_of(gateway: str, notice: Notice) -> UUID | None:
    """Return the order of a notice: by its id, our key, or the payment."""
    return order_in(notice.order_id, notice.key) or order_of_payment(gateway, notice.about)
