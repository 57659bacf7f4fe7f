"""Webhooks are stored once, accepted in any order, matched late, and refused unsigned."""

import json
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from uuid_utils.compat import uuid7

from orders.models import Order
from outbox.delivery.batch import deliver_batch
from outbox.log.scheduled import publish_due
from outbox.models import Lane, Message, ScheduledMessage
from outbox.registry import subscribers
from payments.gateways import signature
from payments.gateways.port import BookEntry, gateway_named
from payments.gateways.sandbox import webhooks
from payments.models import Payment, PaymentOperation, Webhook
from payments.webhooks import PATIENCE
from testkit.book import book_of
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop

SECRET = "the secret of these tests"
ADDRESS = "/api/v1/payments/webhooks/sandbox"


@pytest.fixture(autouse=True)
def _secret(settings: Settings) -> None:
    settings.SANDBOX_WEBHOOK_SECRETS = [SECRET]
    gateway_named.cache_clear()


def told(order: Order, kind: str = "charge", amount: int = PRICE, sequence: int = 1) -> BookEntry:
    """Return the sandbox's entry of an operation."""
    key = f"{order.id}:{kind}:{sequence}"
    return BookEntry(kind, key, str(order.id), key, amount, "GBP", datetime.now(UTC))


def send(client: Client, entry: BookEntry, *, secret: str = SECRET, at: float | None = None) -> Any:
    body = webhooks.body_of(entry)
    return post(client, body, webhooks.headers_of(body, secret, at))


def post(client: Client, body: bytes, headers: dict[str, str]) -> Any:
    return client.post(ADDRESS, body, content_type="application/json", headers=headers)


def silent_order(shop: Shop) -> Order:
    """Place an order whose charge succeeds without an answer."""
    order = shop.order(payment_method="pm_sandbox_silent")
    settle_all_but("gateway")
    return order


def call_once() -> None:
    """Make the due calls to the gateway, once."""
    deliver_batch(subscribers["gateway"])


def deliver_scheduled() -> None:
    """Make all scheduled messages due, and publish them."""
    ScheduledMessage.objects.update(due_at=timezone.now())
    publish_due()


def status(order: Order) -> str:
    order.refresh_from_db()
    return str(order.status)


def test_a_webhook_answers_a_charge_that_got_no_answer(audited: Shop, client: Client) -> None:
    order = silent_order(audited)
    call_once()
    assert send(client, told(order)).status_code == 202
    settle_all_but("gateway")
    assert status(order) == "confirmed"
    assert PaymentOperation.objects.get().outcome == "succeeded"
    assert Webhook.objects.get().status == "matched"
    settle()
    assert [(e.kind, e.amount) for e in book_of(order.id)] == [("charge", PRICE)]


def test_one_that_is_sent_again_changes_nothing(audited: Shop, client: Client) -> None:
    order = silent_order(audited)
    call_once()
    answers = [send(client, told(order)).status_code for _ in range(3)]
    assert answers == [202, 202, 202]
    assert Webhook.objects.count() == 1
    assert Message.objects.filter(type="HeedWebhook").count() == 1
    settle()
    assert status(order) == "confirmed"
    assert Message.objects.filter(type="PaymentCompleted").count() == 1


def test_an_older_one_cannot_undo_a_newer_one(audited: Shop, client: Client) -> None:
    order = audited.order({"MUG": 11})
    settle()
    assert status(order) == "cancelled"
    for entry in (told(order, "refund", 11 * PRICE), told(order, "charge", 11 * PRICE)):
        send(client, entry)
    settle()
    assert status(order) == "cancelled"
    assert not Payment.objects.get().needs_attention
    assert set(Webhook.objects.values_list("status", flat=True)) == {"matched"}


def test_one_that_contradicts_the_ledger_calls_a_human(audited: Shop, client: Client) -> None:
    order = audited.order()
    settle()
    send(client, told(order, amount=PRICE + 100))
    settle()
    payment = Payment.objects.get()
    assert payment.needs_attention
    assert str(PRICE + 100) in payment.attention_reason
    assert status(order) == "confirmed"


def test_one_that_comes_before_its_order_is_committed_is_matched_later(
    audited: Shop, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    unborn = uuid7()
    key = f"{unborn}:charge:1"
    send(client, BookEntry("charge", key, str(unborn), key, PRICE, "GBP", timezone.now()))
    settle()
    assert Webhook.objects.get().status == "received"
    monkeypatch.setattr(Order._meta.get_field("id"), "_get_default", lambda: unborn)  # noqa: SLF001 - Django's documented Model._meta API
    order = silent_order(audited)
    call_once()
    deliver_scheduled()
    settle_all_but("gateway")
    assert Webhook.objects.get().status == "matched"
    assert status(order) == "confirmed"


def test_one_that_matches_nothing_for_a_day_waits_for_a_human(shop: Shop, client: Client) -> None:
    order = shop.order()
    settle()
    send(client, told(order, "charge", 1, sequence=7))
    settle()
    for _ in PATIENCE:
        deliver_scheduled()
        settle()
    assert Webhook.objects.get().status == "unmatched"
    alert = Message.objects.get(type="AlertOperators")
    assert alert.payload["subject"] == "A webhook matches no payment"
    assert not Lane.objects.exists()


@pytest.mark.parametrize(
    ("secret", "age"), [("another secret altogether", 0), (SECRET, 301), (SECRET, -301)]
)
def test_a_forged_or_stale_one_is_refused_and_leaves_no_trace(
    shop: Shop, client: Client, monkeypatch: pytest.MonkeyPatch, secret: str, age: float
) -> None:
    order, now = silent_order(shop), time.time()
    monkeypatch.setattr(signature, "time", SimpleNamespace(time=lambda: now))
    answer = send(client, told(order), secret=secret, at=now - age)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert not Webhook.objects.exists()


MALFORMED = [
    *("", "t=1", "v1=00", "t=x,v1=00", "t=1,t=2,v1=00", "t=²,v1=0", "t=1,v1=é"),
    *("t=-1,v1=00", "t=1=2,v1=00", f"t={'9' * 4000},v1=00", f"t={'9' * 9000},v1=00"),
]


@pytest.mark.parametrize("header", MALFORMED)
def test_a_signature_without_its_form_is_forged(client: Client, header: str) -> None:
    answer = post(client, b"{}", {webhooks.HEADER: header})
    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{", json.dumps({"id": "evt"}).encode()])
def test_a_signed_body_that_says_nothing_is_a_bad_request(client: Client, body: bytes) -> None:
    answer = post(client, body, webhooks.headers_of(body, SECRET))
    assert answer.status_code == 400


def test_a_new_secret_may_stand_beside_the_old_one(
    shop: Shop, client: Client, settings: Settings
) -> None:
    settings.SANDBOX_WEBHOOK_SECRETS = ["the next secret of ours", SECRET]
    gateway_named.cache_clear()
    order = silent_order(shop)
    assert send(client, told(order)).status_code == 202
    settings.SANDBOX_WEBHOOK_SECRETS = ["the next secret of ours"]
    gateway_named.cache_clear()
    assert send(client, told(order)).status_code == 401


def test_a_body_that_is_no_text_cannot_have_been_signed(client: Client) -> None:
    assert post(client, b"\xff", webhooks.headers_of(b"{}", SECRET)).status_code == 401


def test_a_body_too_large_is_not_read(client: Client) -> None:
    assert post(client, b"x" * (256 * 1024 + 1), {}).status_code == 413


@pytest.mark.parametrize("name", ["nobody", "port", "line", "signature", "a-b"])
def test_a_gateway_that_is_not_there_has_no_address(client: Client, name: str) -> None:
    answer = client.post(f"/api/v1/payments/webhooks/{name}", b"{}", content_type="text/plain")
    assert answer.status_code == 404


def test_one_of_another_gateway_is_not_taken_for_that_of_the_payment(
    audited: Shop, client: Client
) -> None:
    order = silent_order(audited)
    call_once()
    Payment.objects.update(gateway="of_another_company")
    assert send(client, told(order)).status_code == 202
    settle_all_but("gateway")
    assert status(order) == "pending"
    assert PaymentOperation.objects.get().outcome == "unknown"
    assert Webhook.objects.get().status == "received"
    Payment.objects.update(gateway="sandbox")
    settle()
    assert status(order) == "confirmed"
