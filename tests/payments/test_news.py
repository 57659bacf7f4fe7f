"""Later reports of gateways, in any order: failed refunds, dashboard refunds, disputes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import msgspec
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from uuid_utils.compat import uuid7

import payments.gateways.stripe as stripe_module
from orders.models import Order
from orders.services import LineToReturn, request_cancellation, request_return
from outbox.delivery.batch import deliver_batch
from outbox.models import Message, ScheduledMessage
from outbox.registry import subscribers
from payments.gateways import signature
from payments.gateways.port import gateway_named
from payments.gateways.sandbox import webhooks
from payments.metrics import figures
from payments.models import Dispute, Payment, PaymentOperation, Webhook
from payments.services import refund_orders
from readmodels.models import MoneyAtRisk, OrderDetail
from testkit.book import kept
from testkit.delivering import hurry, settle, settle_all_but
from testkit.invariants import assert_audited
from testkit.proofs.equality import unequal
from testkit.shop import PRICE, Shop, outcome
from tests.payments.gateways.test_stripe_answers import (
    SECRET,
    dispute,
    event,
    gateway_with,
    intent,
    refund,
)
from tests.payments.the_book import alter_book

ADDRESS = "/api/v1/payments/webhooks/"
DUE = datetime(2030, 1, 31, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _gateways(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.SANDBOX_WEBHOOK_SECRETS = [SECRET]
    monkeypatch.setattr(stripe_module, "connect", lambda: gateway_with()[0])
    gateway_named.cache_clear()
    yield
    gateway_named.cache_clear()


def tell(client: Client, type_: str, **data: Any) -> None:
    """Send a webhook about something that we did not request."""
    facts = {"key": "", "order_id": "", "reference": "", "amount": 0, "currency": "GBP", **data}
    about = {"id": f"evt_{uuid7().hex}", "type": type_, "created": datetime.now(UTC).timestamp()}
    body = msgspec.json.encode({**about, "data": facts})
    headers = webhooks.headers_of(body, SECRET)
    kind = headers.pop("Content-Type")
    answer = client.post(f"{ADDRESS}sandbox", body, content_type=kind, headers=headers)
    assert answer.status_code == 202


def confirmed(shop: Shop) -> Order:
    order = shop.order()
    settle()
    return order


def cancelled(shop: Shop) -> Order:
    order = confirmed(shop)
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    return order


def charge_of(order: Order) -> str:
    return f"{order.id}:charge:1"


def lines(order: Order) -> list[tuple[str, int, str]]:
    rows = PaymentOperation.objects.filter(payment__order_id=order.id).order_by("id")
    return list(rows.values_list("kind", "amount", "outcome"))


def alerts() -> list[str]:
    told = Message.objects.filter(type="AlertOperators").order_by("recorded_at")
    return [each.payload["subject"] for each in told]


def payment_of(order: Order) -> Payment:
    return Payment.objects.get(order_id=order.id)


def refund_failed(client: Client, order: Order) -> None:
    """Fail a refund after its success, and report it by webhook."""
    key = f"{order.id}:refund:1"
    alter_book("UPDATE entry SET decline_code = 'lost_card' WHERE key = ?", key)
    tell(client, "refund.failed", key=key, order_id=str(order.id), reference=key, code="lost_card")


def refund_there(order: Order, amount: int, name: str = "re_there") -> str:
    """Make a refund in the gateway's own dashboard."""
    alter_book(
        "INSERT INTO entry (key, kind, order_id, amount, currency, charge, decline_code, made_at)"
        " VALUES (?, 'refund', ?, ?, 'GBP', ?, '', 0)",
        *(name, str(order.id), amount, charge_of(order)),
    )
    return name


def test_a_refund_that_fails_later_is_with_us_again_in_ledger_risk_and_page(
    audited: Shop, client: Client
) -> None:
    order = cancelled(audited)
    refund_failed(client, order)
    settle()
    assert lines(order) == [("charge", PRICE, "succeeded"), ("refund", PRICE, "declined")]
    payment = payment_of(order)
    assert payment.needs_attention
    assert "lost_card" in payment.attention_reason
    assert alerts() == ["A refund has failed"]
    risk = MoneyAtRisk.objects.get(order_id=order.id)
    assert (risk.risk, risk.amount) == ("not_refunded", PRICE)
    assert OrderDetail.objects.get(order_id=order.id).payment_status == "paid"


def test_a_refund_that_fails_later_can_be_made_again(shop: Shop, client: Client) -> None:
    order = cancelled(shop)
    refund_failed(client, order)
    settle()
    with transaction.atomic():
        refund_orders([order.id])
    settle()
    assert lines(order)[1:] == [("refund", PRICE, "declined"), ("refund", PRICE, "succeeded")]
    assert MoneyAtRisk.objects.get(order_id=order.id).amount == 0
    assert OrderDetail.objects.get(order_id=order.id).payment_status == "refunded"
    assert_audited()
    assert unequal() == []


def test_the_refund_of_a_return_that_fails_later_is_shown_as_money_at_risk(
    audited: Shop, client: Client
) -> None:
    order = confirmed(audited)
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle()
    refund_failed(client, order)
    settle()
    assert lines(order)[-1] == ("refund", PRICE, "declined")
    assert MoneyAtRisk.objects.get(order_id=order.id).risk == "not_refunded"


@pytest.mark.parametrize("order_of_arrival", list(permutations(range(3))))
def test_a_refund_that_failed_has_failed_in_whatever_order_that_is_heard(
    audited: Shop, client: Client, order_of_arrival: tuple[int, ...]
) -> None:
    order = audited.order({"MUG": 11}, payment_method="pm_sandbox_refund_silent_once")
    settle_all_but("gateway")
    for _ in range(2):
        hurry()
        deliver_batch(subscribers["gateway"])
        settle_all_but("gateway")
    key = f"{order.id}:refund:1"
    alter_book("UPDATE entry SET decline_code = 'lost_card' WHERE key = ?", key)
    facts = {"key": key, "order_id": str(order.id), "reference": key, "amount": 11 * PRICE}
    news = ("refund.succeeded", "refund.failed", "refund.succeeded")
    for each in order_of_arrival:
        tell(client, news[each], **facts, code="lost_card")
        settle_all_but("gateway")
    settle()
    assert lines(order)[-1] == ("refund", 11 * PRICE, "declined")
    assert payment_of(order).needs_attention


def test_a_refund_made_in_the_dashboard_is_in_the_ledger_and_counts(
    audited: Shop, client: Client
) -> None:
    order = confirmed(audited)
    name = refund_there(order, 450)
    for _ in range(2):
        tell(client, "refund.succeeded", reference=name, amount=450, about=charge_of(order))
    settle()
    assert lines(order)[-1] == ("refund", 450, "succeeded")
    assert PaymentOperation.objects.get(kind="refund").made_there
    assert payment_of(order).needs_attention
    assert alerts() == ["A refund was made at the gateway"]
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert outcome(order)[0] == "cancelled"
    assert lines(order)[-1] == ("refund", PRICE - 450, "succeeded")
    assert kept(order.id) == 0


def test_one_of_the_same_amount_as_a_refund_of_ours_is_another_one(
    audited: Shop, client: Client
) -> None:
    order = audited.order({"MUG": 3})
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle()
    name = refund_there(order, PRICE)
    tell(client, "refund.succeeded", reference=name, amount=PRICE, about=charge_of(order))
    settle()
    assert lines(order)[1:] == [("refund", PRICE, "succeeded")] * 2


@pytest.mark.parametrize("first", ["refund.succeeded", "refund.failed"])
def test_a_refund_of_the_dashboard_that_fails_counts_nothing_whatever_is_heard_first(
    audited: Shop, client: Client, first: str
) -> None:
    order = confirmed(audited)
    for each in sorted(("refund.succeeded", "refund.failed"), key=lambda each: each != first):
        tell(client, each, reference="re_1", amount=450, code="lost", about=charge_of(order))
        settle()
    (_, refunded) = lines(order)
    assert refunded[2] == "declined"
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert lines(order)[-1] == ("refund", PRICE, "succeeded")


def test_what_was_refunded_there_ends_a_cancellation_whose_refund_was_refused(
    audited: Shop, client: Client
) -> None:
    order = audited.order(payment_method="pm_sandbox_refund_declined")
    settle()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert outcome(order)[0] == "cancelling"
    name = refund_there(order, PRICE)
    tell(client, "refund.succeeded", reference=name, amount=PRICE, about=charge_of(order))
    settle()
    assert outcome(order)[0] == "cancelled"


def test_a_charge_that_counted_as_declined_and_was_made_is_given_back(
    audited: Shop, client: Client
) -> None:
    order = audited.order(payment_method="pm_card_chargeDeclined")
    settle()
    alter_book("UPDATE entry SET decline_code = '' WHERE key = ?", charge_of(order))
    facts = {"key": charge_of(order), "order_id": str(order.id), "amount": PRICE}
    for _ in range(2):
        tell(client, "charge.succeeded", reference=charge_of(order), **facts)
        settle()
    assert lines(order) == [
        ("charge", PRICE, "declined"),
        ("charge", PRICE, "succeeded"),
        ("refund", PRICE, "succeeded"),
    ]
    assert outcome(order) == ("cancelled", "payment_declined")
    assert kept(order.id) == 0
    assert alerts() == ["A charge was made after all"]


STAGES = [("needs_answer", DUE), ("under_review", DUE), ("lost", None)]


@pytest.mark.parametrize("order_of_arrival", list(permutations(STAGES)))
def test_a_dispute_is_a_state_of_its_payment_in_whatever_order_it_is_heard(
    audited: Shop, client: Client, order_of_arrival: tuple[tuple[str, datetime | None], ...]
) -> None:
    order = confirmed(audited)
    for stage, due in order_of_arrival:
        for _ in range(2):
            tell(
                client,
                f"dispute.{stage}",
                reference="dp_1",
                amount=PRICE,
                code="fraudulent",
                about=charge_of(order),
                answer_by=due.timestamp() if due else None,
            )
            settle()
    (dispute_,) = payment_of(order).disputes.all()
    assert (dispute_.stage, dispute_.amount, dispute_.reason) == ("lost", PRICE, "fraudulent")
    assert payment_of(order).needs_attention
    is_told_at_once = order_of_arrival[0][0] == "lost"
    begins = [] if is_told_at_once else ["A payment is disputed"]
    assert alerts() == [*begins, "A dispute is lost"]
    assert lines(order) == [("charge", PRICE, "succeeded")]


def test_a_new_dispute_alerts_with_its_amount_and_the_day_until_which_to_answer(
    audited: Shop, client: Client
) -> None:
    order = confirmed(audited)
    facts = {"reference": "dp_1", "amount": PRICE, "code": "fraudulent"}
    until = DUE.timestamp()
    tell(client, "dispute.needs_answer", about=charge_of(order), answer_by=until, **facts)
    settle()
    alert = Message.objects.get(type="AlertOperators").payload
    assert alert["subject"] == "A payment is disputed"
    assert "12.50 GBP" in alert["text"]
    assert "2030-01-31" in alert["text"]
    assert {figure.name: figure.values for figure in figures()}["disputes_open"] == {(): 1}


def test_a_dispute_that_comes_before_the_answer_to_its_charge_is_matched_when_that_is_there(
    audited: Shop, client: Client
) -> None:
    order = audited.order()
    settle_all_but("gateway")
    tell(client, "dispute.needs_answer", reference="dp_1", amount=PRICE, about=charge_of(order))
    settle_all_but("gateway")
    assert not Dispute.objects.exists()
    settle()
    ScheduledMessage.objects.update(due_at=timezone.now())
    settle()
    assert Dispute.objects.get().payment == payment_of(order)
    assert Webhook.objects.get().order_id == order.id


@pytest.fixture
def paid(shop: Shop) -> Order:
    """Return an order that Stripe charged as ``pi_1``."""
    order = confirmed(shop)
    Payment.objects.update(gateway="stripe")
    PaymentOperation.objects.update(gateway_reference="pi_1")
    return order


def stripe_tells(client: Client, type_: str, fields: dict[str, Any]) -> None:
    body = event(type_, fields).replace(b"evt_1", f"evt_{uuid7().hex}".encode())
    headers = {"Stripe-Signature": signature.sign(body, SECRET)}
    answer = client.post(f"{ADDRESS}stripe", body, content_type="application/json", headers=headers)
    assert answer.status_code == 202
    settle()


def test_stripes_dispute_and_dashboard_refund_find_their_payment_by_its_reference(
    paid: Order, client: Client
) -> None:
    stripe_tells(client, "charge.dispute.created", dispute())
    stripe_tells(client, "refund.created", refund(id="re_9", metadata={}))
    assert Dispute.objects.get().payment == payment_of(paid)
    assert lines(paid) == [("charge", PRICE, "succeeded"), ("refund", 450, "succeeded")]
    assert set(Webhook.objects.values_list("status", "order_id")) == {("matched", paid.id)}


def test_what_stripe_let_go_by_itself_is_voided_in_the_ledger(shop: Shop, client: Client) -> None:
    order = shop.order(flow="reserve_first")
    settle()
    Payment.objects.update(gateway="stripe")
    PaymentOperation.objects.filter(kind="authorize").update(gateway_reference="pi_1")
    metadata = {"order_id": str(order.id), "key": f"{order.id}:authorize:1"}
    let_go = intent("canceled", capture_method="manual", metadata=metadata)
    stripe_tells(client, "payment_intent.canceled", let_go)
    assert ("void", PRICE, "succeeded") in lines(order)
    assert "A void was made at the gateway" in alerts()
