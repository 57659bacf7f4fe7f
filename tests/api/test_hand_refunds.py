"""Staff enter through the API what they have paid back by hand."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db.models import QuerySet
from pytest_django import Settings
from rest_framework.test import APIClient
from uuid_utils.compat import uuid7

from orders.models import Order, RefundProposal
from outbox.consistency import end_of, position_of
from outbox.models import OperatorAct
from payments.models import PaymentOperation
from testkit.book import moved
from testkit.delivering import settle
from testkit.shop import PRICE, Shop
from tests.api.conftest import client_of

BODY = {
    "amount": 500,
    "how": "bank transfer",
    "reference": "transfer 7",
    "reason": "the card was closed",
}


@pytest.fixture
def order(audited: Shop) -> Order:
    order = audited.order({"MUG": 2})
    settle()
    return order


@pytest.fixture
def finance(order: Order) -> APIClient:  # noqa: ARG001 - the tables
    user = User.objects.create_user("one of finance")
    user.user_permissions.add(Permission.objects.get(codename="enter_hand_refund"))
    return client_of(user)


def post(client: APIClient, order_id: Any, **fields: Any) -> Any:
    address = f"/api/v1/orders/{order_id}/hand-refunds"
    return client.post(address, {**BODY, **fields}, format="json")


def acts() -> QuerySet[OperatorAct]:
    return OperatorAct.objects.filter(verb="enter hand refund")


def test_what_was_paid_by_hand_is_entered_with_who_how_and_where(
    finance: APIClient, order: Order
) -> None:
    before = end_of(order.id)
    entered = post(finance, order.id)
    assert (entered.status_code, entered["Location"]) == (202, f"/api/v1/orders/{order.id}")
    assert entered.json() == {"order_id": str(order.id), "amount": 500, "proposal_id": None}
    assert position_of(entered["Consistency-Token"]).sequence > before.sequence
    settle()
    row = PaymentOperation.objects.get(outside=True)
    assert (row.amount, row.made_by, row.how, row.gateway_reference) == (
        500,
        "one of finance",
        "bank transfer",
        "transfer 7",
    )
    assert acts().get().reason == "the card was closed"
    assert moved(order.id, "refund") == []


@pytest.mark.parametrize("currency", ["GBP", "JPY", "KWD"])
def test_more_than_is_left_is_a_problem_that_names_what_is_left(
    finance: APIClient, order: Order, currency: str
) -> None:
    Order.objects.filter(pk=order.id).update(currency=currency)
    refused = post(finance, order.id, amount=2 * PRICE + 1)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/return-refused")
    left = {"GBP": "25.00 GBP", "JPY": "2,500 JPY", "KWD": "2.500 KWD"}[currency]
    assert f"{left} is left of the order" in refused.json()["detail"]
    Order.objects.filter(pk=order.id).update(currency="GBP")


def test_the_same_entry_with_one_key_is_made_once(finance: APIClient, order: Order) -> None:
    key = uuid7().hex
    address = f"/api/v1/orders/{order.id}/hand-refunds"
    first, second = (
        finance.post(address, BODY, format="json", HTTP_IDEMPOTENCY_KEY=key) for _ in range(2)
    )
    assert first.content == second.content
    settle()
    assert PaymentOperation.objects.filter(outside=True).count() == 1


def test_above_the_limit_it_is_a_proposal(
    finance: APIClient, order: Order, settings: Settings
) -> None:
    settings.REFUND_APPROVAL_ABOVE = 499
    proposed = post(finance, order.id)
    assert proposed.json()["proposal_id"] == str(RefundProposal.objects.get().id)
    assert not PaymentOperation.objects.filter(outside=True).exists()
    again = post(finance, order.id)
    assert again.status_code == 409
    assert "is proposed already" in again.json()["detail"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", 0),
        ("amount", "5.00"),
        ("how", ""),
        ("how", "bank\ntransfer"),
        ("reference", "7\u2028"),
        ("reference", "7" * 121),
        ("reason", " "),
        ("currency", "EUR"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_field(
    finance: APIClient, order: Order, field: str, value: Any
) -> None:
    refused = post(finance, order.id, **{field: value})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == f"#/{field}"
    assert not acts().exists()


def test_an_order_that_does_not_exist_is_not_found(finance: APIClient, order: Order) -> None:
    assert post(finance, uuid7()).status_code == 404
    assert order.returned_amount == 0
