"""How long a key is sent, when an operation is only looked up, and when a human is alerted."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import F
from django.test import override_settings

from orders.models import Order
from orders.services import request_cancellation
from outbox.delivery.batch import deliver_batch
from outbox.models import Claim, FailedAttempt, Lane, Message
from outbox.registry import subscribers
from outbox.retry import Retry
from payments.gateways.sandbox.gateway import SandboxGateway
from payments.handlers import gateway_calls
from payments.models import Payment, PaymentOperation
from testkit.book import book_of
from testkit.delivering import hurry, settle, settle_all_but
from testkit.shop import PRICE, Shop


def call_once() -> None:
    """Make the due calls to the gateway, once."""
    hurry()
    deliver_batch(subscribers["gateway"])


def age(hours: float) -> None:
    """Age our messages and the gateway's book."""
    Message.objects.update(recorded_at=F("recorded_at") - timedelta(hours=hours))
    with closing(sqlite3.connect(Path(settings.SANDBOX_BOOK), isolation_level=None)) as book:
        book.execute("UPDATE entry SET made_at = made_at - ?", [hours * 3600])


def charges(order: Order) -> list[int]:
    return [entry.amount for entry in book_of(order.id) if entry.kind == "charge"]


def silent_once(shop: Shop, manner: str = "silent_once") -> Order:
    """Return an order whose charge was called once and got no answer."""
    order = shop.order(payment_method=f"pm_sandbox_{manner}")
    settle_all_but("gateway")
    call_once()
    assert PaymentOperation.objects.get().outcome == "unknown"
    return order


def test_a_key_that_the_gateway_may_have_forgotten_is_not_sent_again(audited: Shop) -> None:
    order = silent_once(audited)
    age(25)
    settle()
    order.refresh_from_db()
    assert order.status == "confirmed"
    assert charges(order) == [PRICE]


def test_what_never_arrived_within_its_time_is_declined(audited: Shop) -> None:
    order = silent_once(audited, "lost")
    age(25)
    settle()
    order.refresh_from_db()
    assert (order.status, order.reason_code) == ("cancelled", "payment_declined")
    assert PaymentOperation.objects.get().decline_code == "never_arrived"
    assert charges(order) == []


def test_what_may_still_be_on_its_way_is_waited_for(shop: Shop) -> None:
    silent_once(shop, "lost")
    age(20.5)
    call_once()
    assert PaymentOperation.objects.get().outcome == "unknown"


def test_a_stored_server_error_is_seen_through_by_a_look_up(audited: Shop) -> None:
    order = audited.order(payment_method="pm_sandbox_error_stored")
    settle()
    order.refresh_from_db()
    assert order.status == "confirmed"
    (entry,) = book_of(order.id)
    assert entry.calls == 4


def test_a_call_without_an_answer_to_the_last_try_calls_a_human(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_calls, "retry", Retry(attempts=3))
    order = shop.order(payment_method="pm_sandbox_lost", flow="choreographed")
    settle()
    order.refresh_from_db()
    assert order.needs_attention
    payment = Payment.objects.get(order_id=order.id)
    assert payment.needs_attention
    assert payment.attention_reason.startswith(f"charge of {PRICE} unresolved")
    assert Message.objects.filter(type="PaymentUnresolved").count() == 1
    assert Lane.objects.get(subscriber="gateway").stopped


def test_a_payment_stays_with_the_gateway_that_it_was_made_with(audited: Shop) -> None:
    order = audited.order()
    settle()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    with override_settings(PAYMENT_GATEWAY="of_another_company"):
        settle()
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert Payment.objects.get().gateway == "sandbox"


def test_while_the_gateway_is_away_no_try_is_wasted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payments.gateways.line.SHORTEST_PAUSE", 3600.0)
    monkeypatch.setattr("payments.gateways.line.LONGEST_PAUSE", 3600.0)
    monkeypatch.setattr(SandboxGateway, "_is_there", lambda *_: False)
    for _ in range(20):
        shop.order()
    settle_all_but("gateway")
    for _ in range(5):
        call_once()
    assert 5 <= FailedAttempt.objects.filter(subscriber="gateway").count() <= 20
    assert not Lane.objects.filter(claim__isnull=False).exists()
    assert not Claim.objects.exists()
