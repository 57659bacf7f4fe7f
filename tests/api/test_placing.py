"""POST /orders: what it takes, what it answers, and what it refuses."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from orders.models import Order
from testkit.delivering import settle
from testkit.shop import PRICE, Shop, offer

WANTED: dict[str, Any] = {
    "lines": [{"sku": "MUG", "quantity": 2}],
    "payment_method": "pm_card_visa",
}


def place(client: APIClient, **changes: Any) -> Any:
    return client.post("/api/v1/orders", {**WANTED, **changes}, format="json")


def line(**changes: Any) -> list[dict[str, Any]]:
    return [{"sku": "MUG", "quantity": 1}, {"sku": "MUG", "quantity": 1, **changes}]


def test_an_order_is_accepted_and_its_address_tells_what_becomes_of_it(ada: APIClient) -> None:
    placed = place(ada)
    assert placed.status_code == 202
    assert placed.json().keys() == {"id", "number", "status"}
    assert placed.json()["status"] == "pending"
    settle()
    order = ada.get(placed["Location"]).json()
    assert (order["id"], order["status"]) == (placed.json()["id"], "confirmed")
    assert order["number"] == placed.json()["number"]


def test_the_price_is_the_servers(ada: APIClient) -> None:
    place(ada)
    assert Order.objects.get().amount == 2 * PRICE


def test_a_declined_card_is_told_at_the_address_of_the_order(ada: APIClient) -> None:
    placed = place(ada, payment_method="pm_card_chargeDeclined")
    settle()
    order = ada.get(placed["Location"]).json()
    assert (order["status"], order["reason_code"]) == ("cancelled", "payment_declined")


def test_a_partial_order_waits_for_what_is_missing(ada: APIClient) -> None:
    placed = place(ada, lines=[{"sku": "MUG", "quantity": 12}], partial=True)
    assert (placed.status_code, placed.json()["status"]) == (202, "waiting")
    settle()
    rest, order = ada.get("/api/v1/orders").json()["results"]
    assert (order["status"], order["item_count"], order["backorder_of"]) == ("confirmed", 10, None)
    assert (rest["status"], rest["item_count"], rest["backorder_of"]) == ("waiting", 2, order["id"])


def test_a_partial_order_in_a_flow_that_takes_money_first_is_refused(
    ada: APIClient, shop: Shop
) -> None:
    User.objects.filter(customer=shop.customer).update(is_staff=True)
    refused = place(ada, partial=True, flow="charge_first")
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["pointer"] == "#/partial"
    assert "a partial order takes reserve_first" in error["detail"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"total": 1}, "#/total"),
        ({"customer_id": "x"}, "#/customer_id"),
        ({"lines": line(unit_price=1)}, "#/lines/1/unit_price"),
        ({"lines": line(**{"a/b~c d": 1})}, "#/lines/1/a~1b~0c%20d"),
        ({"lines": []}, "#/lines"),
        ({"lines": "MUG"}, "#/lines"),
        ({"lines": None}, "#/lines"),
        ({"lines": line() * 601}, "#/lines"),
        ({"lines": ["MUG"]}, "#/lines/0"),
        ({"lines": line(quantity=0)}, "#/lines/1/quantity"),
        ({"lines": line(quantity=10_001)}, "#/lines/1/quantity"),
        ({"lines": line(quantity="2")}, "#/lines/1/quantity"),
        ({"lines": line(quantity=1.5)}, "#/lines/1/quantity"),
        ({"lines": line(quantity=True)}, "#/lines/1/quantity"),
        ({"lines": line(sku="")}, "#/lines/1/sku"),
        ({"lines": line(sku=7)}, "#/lines/1/sku"),
        ({"lines": line(sku="M\x00G")}, "#/lines/1/sku"),
        ({"lines": line(sku="M" * 41)}, "#/lines/1/sku"),
        ({"payment_method": "4242424242424242"}, "#/payment_method"),
        ({"payment_method": None}, "#/payment_method"),
        ({"payment_method": "pm\n"}, "#/payment_method"),
        ({"partial": "true"}, "#/partial"),
        ({"partial": 1}, "#/partial"),
        ({"partial": None}, "#/partial"),
    ],
)
def test_bad_input_is_refused_and_pointed_at(
    ada: APIClient, changes: dict[str, Any], pointer: str
) -> None:
    refused = place(ada, **changes)
    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert not Order.objects.exists()


def test_a_whole_number_is_one_however_it_is_written(ada: APIClient) -> None:
    assert place(ada, lines=line(quantity=2.0)).status_code == 202
    assert Order.objects.get().amount == 3 * PRICE


def test_all_that_is_wrong_is_said_at_once(ada: APIClient) -> None:
    refused = ada.post("/api/v1/orders", {"lines": [{"quantity": 0}]}, format="json").json()
    assert [error["pointer"] for error in refused["errors"]] == [
        "#/lines/0/sku",
        "#/lines/0/quantity",
        "#/payment_method",
    ]


def test_a_sku_that_is_not_for_sale_is_named(ada: APIClient) -> None:
    refused = place(ada, lines=line(sku="UNICORN"))
    assert refused.status_code == 422
    assert refused.json()["type"] == "/problems/unknown-sku"
    assert "UNICORN" in refused.json()["detail"]


def test_the_line_that_names_it_is_pointed_at(ada: APIClient) -> None:
    lines = [{"sku": sku, "quantity": 1} for sku in ("MUG", "UNICORN")]
    (error,) = place(ada, lines=lines).json()["errors"]
    assert error["pointer"] == "#/lines/1/sku"


def test_an_order_in_two_currencies_is_refused(ada: APIClient) -> None:
    offer("STEIN", 900, "EUR")
    refused = place(ada, lines=line(sku="STEIN"))
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/order-refused")


def test_customers_do_not_choose_the_flow(ada: APIClient) -> None:
    refused = place(ada, flow="charge_first")
    assert refused.status_code == 403
    assert "flow" in refused.json()["detail"]


def test_staff_choose_the_flow(ada: APIClient, shop: Shop) -> None:
    User.objects.filter(customer=shop.customer).update(is_staff=True)
    assert place(ada, flow="charge_first").status_code == 202
    assert place(ada, flow="by_horse").json()["errors"][0]["pointer"] == "#/flow"


def test_an_account_without_a_customer_is_told_so(stranger: APIClient) -> None:
    refused = place(stranger)
    assert refused.status_code == 403
    assert "customer" in refused.json()["detail"]


def test_a_body_that_is_too_large_is_not_read(ada: APIClient) -> None:
    refused = place(ada, payment_method="p" * 300_000)
    assert (refused.status_code, refused.json()["type"]) == (413, "/problems/body-too-large")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"[" * 30_000,
        b"\xff\xfe",
        b'{"lines": NaN}',
        b'{"\\ud800": 1}',
        b"9" * 5_000,
    ],
)
def test_what_is_no_order_at_all_is_a_bad_request(ada: APIClient, body: bytes) -> None:
    refused = ada.post("/api/v1/orders", body, content_type="application/json")
    assert refused.status_code == 400
    assert refused.json()["type"].startswith("/problems/")


def test_a_form_is_not_json(ada: APIClient) -> None:
    refused = ada.post("/api/v1/orders", {"lines": "x"}, format="multipart")
    assert refused.status_code == 415


def test_placing_takes_the_queries_that_it_must(
    ada: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Token, products; begin, order with lines, message with deliveries, commit, in one trip."""
    with django_assert_num_queries(6):
        place(ada)
