"""Money with bugs put in: the audit, or the rule's own test, has to show each of them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from django.db import transaction
from django.test import Client
from uuid_utils.compat import uuid7

from config.audit.findings import audit, broken
from config.audit.invariant import Run
from payments import calling, handlers, services, webhooks
from payments.calling import carry_out
from payments.commands import CallGateway, HeedWebhook, RefundPaymentPart
from payments.gateways import signature
from payments.gateways.port import Declined, Unknown, gateway_named
from payments.gateways.sandbox.book import PaymentStanding
from payments.ledger import Ledger
from payments.models import Webhook
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop
from tests.journeys import test_hand_refunds
from tests.payments import test_calling, test_webhooks


def found() -> list[str]:
    """Name the sentences of the audit that something is wrong with."""
    findings = audit(Run(own_book=True))
    assert "G2" in broken(findings)
    return [violation.what for finding in findings for violation in finding.violations]


def test_a_new_key_per_retry_charges_twice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def with_another_key(command: CallGateway, *, attempt: int, since: datetime) -> Any:
        another = msgspec.structs.replace(command, key=f"{command.key}:{uuid4().hex[:8]}")
        return carry_out(another, attempt=attempt, since=since)

    monkeypatch.setattr(handlers, "carry_out", with_another_key)
    shop.order(payment_method="pm_sandbox_silent_once")
    for _ in range(3):
        test_calling.call_once()
        settle_all_but("gateway")
    assert "the gateway charged an order more than once" in found()


def test_a_timeout_taken_for_a_failure_keeps_money_of_a_cancelled_order(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def declined(command: CallGateway, *, attempt: int, since: datetime) -> Any:
        result = carry_out(command, attempt=attempt, since=since)
        return Declined("timeout") if isinstance(result, Unknown) else result

    monkeypatch.setattr(handlers, "carry_out", declined)
    shop.order(payment_method="pm_sandbox_silent_once")
    settle()
    assert "the gateway did what our ledger does not say" in found()


def test_a_key_sent_for_ever_charges_twice_once_it_is_forgotten(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "KEY_IS_SENT_FOR", timedelta(days=1000))
    monkeypatch.setattr(calling, "LATEST_ARRIVAL", timedelta(days=1000))
    with pytest.raises(AssertionError):
        test_calling.test_a_key_that_the_gateway_may_have_forgotten_is_not_sent_again(shop)
    assert "the gateway charged an order more than once" in found()


def test_a_refund_without_a_cap_gives_back_more_than_was_taken(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ledger, "refundable", property(lambda _: 10 * PRICE))
    monkeypatch.setattr(PaymentStanding, "left_to", lambda *_: 10 * PRICE)
    order = shop.order()
    settle()
    with transaction.atomic():
        too_much = RefundPaymentPart(order_id=order.id, return_id=uuid7(), amount=2 * PRICE)
        services.refund_parts([too_much])
    settle()
    assert any(what.startswith("more was refunded than captured") for what in found())


def test_a_webhook_that_nobody_signed_confirms_an_order_that_nobody_paid(
    shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signature, "check", lambda *_: 0)
    order = shop.order(payment_method="pm_sandbox_lost")
    settle_all_but("gateway")
    test_webhooks.send(client, test_webhooks.told(order), secret="that of a thief")
    settle_all_but("gateway")
    assert "our ledger says what the gateway did not do" in found()


def lose_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process die where the first webhook's command would be published."""
    heed = webhooks._have_heeded  # noqa: SLF001 - the place of the fault
    lost: list[HeedWebhook] = []

    def die_once(command: HeedWebhook, **after: Any) -> None:
        if not lost:
            lost.append(command)
            raise RuntimeError("killed")
        heed(command, **after)

    monkeypatch.setattr(webhooks, "_have_heeded", die_once)


def send_twice(shop: Shop, client: Client) -> str:
    """Send a webhook whose first arrival dies, and once more; return what became of it."""
    client.raise_request_exception = False
    order = test_webhooks.silent_order(shop)
    test_calling.call_once()
    assert test_webhooks.send(client, test_webhooks.told(order)).status_code == 500
    assert test_webhooks.send(client, test_webhooks.told(order)).status_code == 202
    settle_all_but("gateway")
    return test_webhooks.status(order)


@pytest.mark.usefixtures("_webhook_secret")
def test_a_webhook_that_was_lost_on_its_way_is_heeded_when_it_is_sent_again(
    shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_first(monkeypatch)
    assert send_twice(shop, client) == "confirmed"


@pytest.mark.usefixtures("_webhook_secret")
def test_an_inbox_in_a_transaction_of_its_own_forgets_a_webhook(
    shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keep_first(webhook: Webhook) -> None:
        _, is_new = Webhook.objects.get_or_create(
            gateway=webhook.gateway,
            event_id=webhook.event_id,
            defaults={
                name: getattr(webhook, name)
                for name in ("id", "type", "kind", "order_id", "happened_at", "outcome")
            },
        )
        if is_new and webhook.order_id:
            with transaction.atomic():
                command = HeedWebhook(order_id=webhook.order_id, webhook_id=webhook.id)
                webhooks._have_heeded(command)  # noqa: SLF001 - as the code that it replaces

    monkeypatch.setattr(webhooks, "_keep", keep_first)
    lose_the_first(monkeypatch)
    assert send_twice(shop, client) == "pending"


@pytest.fixture
def _webhook_secret(settings: Any) -> None:
    settings.SANDBOX_WEBHOOK_SECRETS = [test_webhooks.SECRET]
    gateway_named.cache_clear()


def test_a_ledger_that_forgets_what_was_paid_by_hand_pays_it_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ledger, "paid_for", lambda *_: 0)
    with pytest.raises(AssertionError):
        test_hand_refunds.test_of_a_return_paid_in_part_by_hand_the_gateway_pays_the_rest(shop)
