"""What a customer needs to confirm a payment: for that customer alone, and while it waits."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from orders.models import Order
from orders.services import request_cancellation
from payments.gateways.port import gateway_named
from payments.gateways.sandbox import webhooks
from payments.gateways.sandbox.gateway import SandboxGateway
from payments.models import CustomerAction, Payment, PaymentOperation
from payments.reconciliation import reconcile
from payments.sandbox_bank import answer_bank, asked
from payments.webhooks import receive_webhook
from testkit.book import kept
from testkit.clock import let_payment_wait_pass
from testkit.delivering import settle
from testkit.invariants import assert_audited
from testkit.shop import Shop, outcome
from tests.api.conftest import ada, bob, clerk

__all__ = ["ada", "bob", "clerk"]

CARD = "pm_sandbox_action"
SECRET = "whsec_for_these_tests_only"


@pytest.fixture(autouse=True)
def _the_sandbox_signs_webhooks(settings: Settings) -> Iterator[None]:
    settings.SANDBOX_WEBHOOK_SECRETS = [SECRET]
    gateway_named.cache_clear()
    yield
    gateway_named.cache_clear()


@pytest.fixture
def order(shop: Shop) -> Order:
    """Place an order whose bank asks the customer."""
    placed = shop.order(payment_method=CARD)
    settle()
    return placed


def next_action(client: APIClient, order: Order) -> dict[str, str] | None:
    answer = client.get(f"/api/v1/orders/{order.id}/next-action")
    assert answer.status_code == 200
    action: dict[str, str] | None = answer.json()["next_action"]
    return action


def test_the_owner_reads_what_to_do_and_by_when(ada: APIClient, order: Order) -> None:
    page = ada.get(f"/api/v1/orders/{order.id}").json()
    assert (page["status"], page["payment_status"]) == ("pending", "awaiting_customer")
    action = next_action(ada, order)
    assert action is not None
    (entry,) = asked(order_id=str(order.id))
    assert action["type"] == "confirm_payment"
    assert action["gateway"] == "sandbox"
    assert action["client_secret"] == entry.token
    assert action["redirect_to"] == f"http://testserver/sandbox/bank/{entry.token}"
    assert action["until"] == page["payment_until"]


def test_nobody_else_reads_it(bob: APIClient, clerk: APIClient, order: Order) -> None:
    for client in (bob, clerk):
        assert client.get(f"/api/v1/orders/{order.id}/next-action").status_code == 404


def test_there_is_nothing_to_do_before_and_after(ada: APIClient, shop: Shop) -> None:
    order = shop.order(payment_method=CARD)
    assert next_action(ada, order) is None
    settle()
    assert next_action(ada, order) is not None
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert next_action(ada, order) is None


def test_the_customer_answers_the_bank_on_its_page(
    order: Order, client: Client, settings: Settings
) -> None:
    (entry,) = asked(order_id=str(order.id))
    address = f"/sandbox/bank/{entry.token}"
    assert b"12.50 GBP" in client.get(address).content
    answered = client.post(f"{address}?return_to=/thanks", {"answer": "confirm"})
    assert (answered.status_code, answered["Location"]) == (302, "/thanks")
    settle()
    assert outcome(order) == ("confirmed", "")
    assert client.get(address).status_code == 404
    settings.PAYMENT_GATEWAY = "stripe"
    assert client.get(address).status_code == 404


def test_the_bank_sends_nobody_to_another_site(order: Order, client: Client) -> None:
    (entry,) = asked(order_id=str(order.id))
    address = f"/sandbox/bank/{entry.token}?return_to=https://evil.example/"
    assert client.post(address, {"answer": "refuse"}).status_code == 200
    settle()
    assert outcome(order) == ("cancelled", "payment_declined")


def test_the_bank_is_answered_from_the_shell(
    order: Order, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("answer_sandbox_bank", str(order.id))
    assert "requires_action -> succeeded" in capsys.readouterr().out
    settle()
    assert outcome(order) == ("confirmed", "")


_TEXT_COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type IN ('character varying', 'text', 'jsonb')
"""


def tables_with(text: str) -> set[str]:
    """Return the tables in which a text stands anywhere."""
    with connection.cursor() as cursor:
        cursor.execute(_TEXT_COLUMNS)
        found = set()
        for table, column in cursor.fetchall():
            there = f'SELECT 1 FROM "{table}" WHERE "{column}"::text LIKE %s LIMIT 1'  # noqa: S608 - our own tables
            cursor.execute(there, [f"%{text}%"])
            if cursor.fetchone():
                found.add(table)
        return found


def test_the_secret_is_in_one_table_and_nowhere_else_and_gone_when_it_is_over(
    shop: Shop, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    order = shop.order(payment_method="pm_sandbox_action_silent_once", flow="reserve_first")
    settle()
    (entry,) = asked(order_id=str(order.id))
    assert tables_with(entry.token) == {"payments_customeraction"}
    answer_bank(entry.token, confirmed=True)
    settle()
    assert outcome(order) == ("confirmed", "")
    assert tables_with(entry.token) == set()
    told = capfd.readouterr()
    assert entry.token not in caplog.text + told.out + told.err


def test_the_secret_is_gone_when_the_deadline_is_over(order: Order) -> None:
    let_payment_wait_pass(order.id, minutes=31)
    settle()
    assert outcome(order) == ("cancelled", "payment_not_confirmed")
    assert not CustomerAction.objects.exists()


def test_a_wait_is_no_difference_between_ledger_and_book(order: Order) -> None:
    now = timezone.now()
    period = {"since": now - timedelta(days=1), "until": now + timedelta(days=1)}
    assert reconcile(gateway="sandbox", flag=True, **period) == []
    (entry,) = asked(order_id=str(order.id))
    answer_bank(entry.token, confirmed=True, report=False)
    PaymentOperation.objects.update(requested_at=now - timedelta(hours=2))
    assert reconcile(gateway="sandbox", flag=True, **period) == []
    assert outcome(order) == ("pending", "")


def test_a_success_long_after_the_deadline_goes_back_and_operators_are_told(order: Order) -> None:
    """Let the gateway charge a payment that it had canceled: the sandbox does not, others might."""
    (entry,) = asked(order_id=str(order.id))
    let_payment_wait_pass(order.id, minutes=31)
    settle()
    sandbox = gateway_named("sandbox")
    assert isinstance(sandbox, SandboxGateway)
    sandbox.book.settle(entry.key, "")
    body = webhooks.body_of_answer(replace(entry, state=""))
    headers = webhooks.headers_of(body, SECRET)
    receive_webhook(gateway="sandbox", body=body, headers=headers)
    settle()
    assert outcome(order) == ("cancelled", "payment_not_confirmed")
    assert kept(order.id) == 0
    assert Payment.objects.get(order_id=order.id).needs_attention
    assert_audited()
