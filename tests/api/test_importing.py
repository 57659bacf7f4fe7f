"""POST /orders/imports: many orders of another system, each once."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from orders.models import Order
from testkit.delivering import settle
from testkit.shop import Shop, outcome
from tests.api.conftest import client_of, member_of


@pytest.fixture
def importer(audited: Shop) -> APIClient:  # noqa: ARG001 - the tables, with books in order
    return client_of(member_of("importer"))


@pytest.fixture
def wanted(audited: Shop) -> dict[str, Any]:
    return {
        "reference": "till-7:1",
        "customer": str(audited.customer.id),
        "lines": [{"sku": "MUG", "quantity": 2}],
        "payment_method": "pm_card_visa",
    }


def send(client: APIClient, *orders: dict[str, Any], **headers: Any) -> Any:
    return client.post("/api/v1/orders/imports", {"orders": orders}, format="json", **headers)


def test_each_order_is_placed_under_its_reference(
    importer: APIClient, wanted: dict[str, Any]
) -> None:
    second = {**wanted, "reference": "till-7:2", "flow": "reserve_first"}
    answer = send(importer, wanted, second)
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [each["reference"] for each in results] == ["till-7:1", "till-7:2"]
    settle()
    for each, flow in zip(results, ("charge_first", "reserve_first"), strict=True):
        order = Order.objects.get(reference=each["reference"])
        assert (str(order.id), order.flow) == (each["id"], flow)
        assert outcome(order) == ("confirmed", "")


def test_what_is_sent_again_is_answered_with_the_order_that_there_is(
    importer: APIClient, wanted: dict[str, Any]
) -> None:
    first = send(importer, wanted).json()["results"][0]
    settle()
    again = send(importer, wanted).json()["results"][0]
    assert (again["id"], again["status"]) == (first["id"], "confirmed")
    assert Order.objects.count() == 1


def test_one_that_cannot_be_placed_holds_up_no_other(
    importer: APIClient, wanted: dict[str, Any]
) -> None:
    unknown = {**wanted, "reference": "b", "lines": [{"sku": "UNICORN", "quantity": 1}]}
    nobodys = {**wanted, "reference": "c", "customer": str(uuid4())}
    results = send(importer, unknown, nobodys, wanted).json()["results"]
    assert "UNICORN" in results[0]["problem"]
    assert "customer" in results[1]["problem"]
    assert results[2]["status"] == "pending"
    assert Order.objects.count() == 1


def test_a_reference_names_one_order(importer: APIClient, wanted: dict[str, Any]) -> None:
    send(importer, wanted)
    other = {**wanted, "lines": [{"sku": "MUG", "quantity": 3}]}
    (result,) = send(importer, other).json()["results"]
    assert "another order" in result["problem"]
    assert Order.objects.count() == 1


def test_what_is_malformed_is_pointed_at_and_nothing_is_placed(
    importer: APIClient, wanted: dict[str, Any]
) -> None:
    refused = send(importer, wanted, {**wanted, "reference": 7, "total": 1})
    assert refused.status_code == 400
    assert [e["pointer"] for e in refused.json()["errors"]] == ["#/orders/1/total"]
    assert send(importer).status_code == 400
    assert send(importer, *[wanted] * 101).status_code == 400
    assert not Order.objects.exists()


def test_an_import_with_a_key_is_one_commit_and_answered_alike(
    importer: APIClient, wanted: dict[str, Any]
) -> None:
    key = {"HTTP_IDEMPOTENCY_KEY": "the-import-of-today"}
    first = send(importer, wanted, **key)
    settle()
    assert send(importer, wanted, **key).content == first.content
