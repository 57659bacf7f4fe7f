"""Answers and webhooks of a gateway are accepted with texts of any content and length."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytest_django import Settings
from uuid_utils.compat import uuid7

import payments.gateways.stripe as stripe_module
from outbox.models import Lane
from payments.gateways import signature
from payments.gateways.port import Declined, Result, Succeeded, Unknown, gateway_named
from payments.gateways.sandbox import webhooks
from payments.gateways.sandbox.gateway import SandboxGateway
from payments.models import PaymentOperation, Webhook
from testkit.delivering import settle
from testkit.shop import Shop, outcome
from tests.payments.gateways.test_stripe_answers import (
    SECRET,
    dispute,
    event,
    gateway_with,
    intent,
    refund,
)

CODE = "payment_method_microdeposit_verification_descriptor_code_mismatch"

TEXTS = st.text(st.characters(exclude_categories=()), max_size=20) | st.sampled_from(
    "a\x00é🫖\ud800"
).flatmap(lambda character: st.integers(0, 600).map(lambda count: character * count))
"""Every code point, NUL and lone surrogates too, in every length around those of columns."""

MANY = settings(
    max_examples=30,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(autouse=True)
def _gateways(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.SANDBOX_WEBHOOK_SECRETS = [SECRET]
    monkeypatch.setattr(stripe_module, "connect", lambda: gateway_with()[0])
    gateway_named.cache_clear()
    yield
    gateway_named.cache_clear()


def let_answer(monkeypatch: pytest.MonkeyPatch, result: Result) -> None:
    for name in ("charge", "refund"):
        monkeypatch.setattr(SandboxGateway, name, lambda *_, **__: result)
    monkeypatch.setattr(SandboxGateway, "find", lambda *_: result)


def test_a_decline_code_longer_than_any_column_cancels_the_order_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_answer(monkeypatch, Declined(CODE))
    order = shop.order()
    settle()
    assert outcome(order) == ("cancelled", "payment_declined")
    operation = PaymentOperation.objects.get()
    assert (operation.decline_code, operation.attempts) == (CODE, 1)


def test_any_words_of_an_answer_are_kept(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.receive("MUG", 1000)

    @MANY
    @given(text=TEXTS)
    @example(text="r" * 121)
    @example(text="half \ud800 pair")
    @example(text="bad \x00 byte")
    def answer(text: str) -> None:
        for result, end in (
            (Declined(text), ("cancelled", "payment_declined")),
            (Succeeded(text, None), ("confirmed", "")),
        ):
            let_answer(monkeypatch, result)
            order = shop.order()
            settle()
            assert outcome(order) == end, ascii(text)

    answer()


@MANY
@given(text=TEXTS)
def test_any_words_of_silence_can_be_stored(text: str) -> None:
    reason = Unknown(text).reason
    assert "\x00" not in reason
    assert reason.encode().decode() == reason


def sandbox_body(**data: Any) -> bytes:
    facts = {"key": "", "order_id": "", "reference": "", "amount": 1, **data}
    about = {"id": uuid7().hex, "type": "charge.succeeded", "created": 0}
    return json.dumps({**about, "data": facts}).encode()


SANDBOX_FIELDS = ["key", "order_id", "reference", "code", "currency", "about"]


@pytest.mark.parametrize("field", ["id", "type", *SANDBOX_FIELDS])
def test_any_words_of_a_webhook_of_the_sandbox_are_answered(
    shop: Shop, client: Client, field: str
) -> None:
    order = shop.order()
    settle()
    key = f"{order.id}:charge:1"

    @MANY
    @given(text=TEXTS, kind=st.sampled_from(["refund.failed", "refund.succeeded", "dispute.lost"]))
    @example(text="x" * 600, kind="refund.succeeded")
    def tell(text: str, kind: str) -> None:
        data = {"about": key, "order_id": str(order.id)}
        body = json.loads(sandbox_body(**data)) | {"type": kind}
        place = body["data"] if field in SANDBOX_FIELDS else body
        place[field] = text
        sent = json.dumps(body).encode()
        headers = webhooks.headers_of(sent, SECRET)
        kind_of_content = headers.pop("Content-Type")
        answer = client.post(
            "/api/v1/payments/webhooks/sandbox", sent, content_type=kind_of_content, headers=headers
        )
        assert answer.status_code in {202, 400}, ascii(text)

    tell()
    settle()
    assert not Lane.objects.filter(attempts__gt=0).exists()


STRIPE_OBJECTS = [
    ("charge.dispute.created", dispute, ["id", "reason", "status", "currency", "payment_intent"]),
    ("refund.failed", refund, ["id", "failure_reason", "currency", "payment_intent", "status"]),
    ("payment_intent.succeeded", intent, ["id", "status", "currency", "capture_method"]),
]


@pytest.mark.parametrize(("type_", "made", "fields"), STRIPE_OBJECTS)
def test_any_words_of_a_webhook_of_stripe_are_answered(
    shop: Shop, client: Client, type_: str, made: Any, fields: list[str]
) -> None:
    order = shop.order()
    settle()
    metadata = {"order_id": str(order.id), "key": f"{order.id}:charge:1"}

    @MANY
    @given(text=TEXTS, field=st.sampled_from([*fields, "key", "order_id"]))
    def tell(text: str, field: str) -> None:
        if field in {"key", "order_id"}:
            body = event(type_, made(metadata=metadata | {field: text}))
        else:
            body = event(type_, made(metadata=metadata) | {field: text})
        body = body.replace(b"evt_1", uuid7().hex.encode())
        headers = {"Stripe-Signature": signature.sign(body, SECRET)}
        answer = client.post(
            "/api/v1/payments/webhooks/stripe",
            body,
            content_type="application/json",
            headers=headers,
        )
        assert answer.status_code in {202, 400}, ascii(text)

    tell()
    settle()
    assert Webhook.objects.exists()
