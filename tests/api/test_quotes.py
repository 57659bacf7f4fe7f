"""POST /quotes promises a price, and POST /orders takes it: once, for a while, unchanged."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from orders.models import Order, ProductPrice, Quote, ShippingRate, Voucher
from orders.retention import remove_what_is_over
from testkit.book import taken
from testkit.delivering import settle
from testkit.invariants import assert_audited
from testkit.shop import PRICE, Shop
from tests.threads import at_once

LINES = [{"sku": "MUG", "quantity": 2}]


@pytest.fixture(autouse=True)
def _rates(shop: Shop) -> None:  # noqa: ARG001 - the tables
    """Let shipping cost 4.99, and have a voucher of 10 %."""
    ShippingRate.objects.create(country="", currency="GBP", amount=499)
    past = timezone.now() - timedelta(days=1)
    Voucher.objects.create(code="SPRING", percent=Decimal(10), valid_from=past)


def ask(client: APIClient, **changes: Any) -> Any:
    wanted = {"lines": LINES, "vouchers": ["SPRING"], **changes}
    return client.post("/api/v1/quotes", wanted, format="json")


def take(client: APIClient, quote_id: str, **changes: Any) -> Any:
    wanted = {"quote_id": quote_id, "payment_method": "pm_card_visa", **changes}
    return client.post("/api/v1/orders", wanted, format="json")


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


def test_a_quote_says_what_the_order_costs_and_why(ada: APIClient) -> None:
    answer = ask(ada)
    assert answer.status_code == 201
    quote = answer.json()
    assert quote["amount"] == 2 * PRICE - 250 + 499
    assert [(each["kind"], each["amount"]) for each in quote["adjustments"]] == [
        ("voucher", -250),
        ("shipping", 499),
    ]
    (line,) = quote["lines"]
    assert (line["sku"], line["quantity"], line["unit_price"]) == ("MUG", 2, PRICE)


def test_an_order_costs_what_was_quoted_although_prices_have_changed(ada: APIClient) -> None:
    quote = ask(ada).json()
    ProductPrice.objects.create(product_id="MUG", currency="GBP", unit_price=9 * PRICE)
    ShippingRate.objects.update(amount=9999)
    Voucher.objects.update(valid_until=timezone.now())
    placed = take(ada, quote["id"], expected_total=quote["amount"])
    assert placed.status_code == 202
    settle()
    order = ada.get(placed["Location"]).json()
    assert (order["status"], order["amount"]) == ("confirmed", quote["amount"])
    assert order["adjustments"] == quote["adjustments"]
    assert taken(Order.objects.get().id) == [quote["amount"]]
    assert Voucher.objects.get().used == 1
    assert_audited()


def test_an_order_may_repeat_what_was_quoted(ada: APIClient) -> None:
    quote = ask(ada).json()
    again = {"lines": LINES, "vouchers": ["spring"], "currency": "GBP"}
    assert take(ada, quote["id"], **again).status_code == 202


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": [{"sku": "MUG", "quantity": 3}]},
        {"vouchers": []},
        {"currency": "EUR"},
    ],
)
def test_an_order_that_differs_is_refused(ada: APIClient, changes: dict[str, Any]) -> None:
    quote = ask(ada).json()
    assert problem(take(ada, quote["id"], **changes)) == (409, "quote-differs")
    assert problem(take(ada, quote["id"], expected_total=1)) == (409, "total-differs")
    assert not Order.objects.exists()


def test_a_customer_who_has_moved_needs_another_quote(ada: APIClient, shop: Shop) -> None:
    quote = ask(ada).json()
    shop.customer.country = "FR"
    shop.customer.save()
    assert problem(take(ada, quote["id"])) == (409, "quote-differs")


def test_a_quote_is_taken_once(ada: APIClient) -> None:
    quote = ask(ada).json()
    placed = take(ada, quote["id"]).json()
    again = take(ada, quote["id"])
    assert problem(again) == (409, "quote-used")
    assert placed["id"] in again.json()["detail"]


def test_of_many_orders_at_once_one_takes_the_quote(ada: APIClient) -> None:
    quote = ask(ada).json()
    answers: list[int] = []
    at_once(4, lambda _: answers.append(take(ada, quote["id"]).status_code))
    assert sorted(answers) == [202, 409, 409, 409]
    assert Order.objects.count() == Voucher.objects.get().used == 1


def test_an_expired_quote_is_refused(ada: APIClient) -> None:
    quote = ask(ada).json()
    Quote.objects.update(expires_at=timezone.now())
    assert problem(take(ada, quote["id"])) == (409, "quote-expired")


def test_another_customers_quote_is_none(ada: APIClient, bob: APIClient) -> None:
    quote = ask(ada).json()
    refused = take(bob, quote["id"])
    assert problem(refused) == (422, "quote-unknown")
    (error,) = refused.json()["errors"]
    assert error["pointer"] == "#/quote_id"


def test_a_voucher_that_is_used_up_meanwhile_refuses_the_order(ada: APIClient) -> None:
    Voucher.objects.update(limit=1)
    quotes = [ask(ada).json()["id"] for _ in range(2)]
    assert [take(ada, each).status_code for each in quotes] == [202, 409]
    assert problem(ask(ada)) == (409, "voucher-used-up")
    assert Order.objects.count() == 1


def test_what_is_wrong_with_a_voucher_is_pointed_at(ada: APIClient) -> None:
    refused = ask(ada, vouchers=["SPRING", "WINTER"])
    assert problem(refused) == (422, "voucher-refused")
    (error,) = refused.json()["errors"]
    assert error == {"pointer": "#/vouchers/1", "detail": "WINTER is no voucher"}


def test_vouchers_are_taken_without_a_quote_too(ada: APIClient) -> None:
    wanted = {"lines": LINES, "payment_method": "pm_card_visa", "vouchers": ["SPRING"]}
    assert ada.post("/api/v1/orders", wanted, format="json").status_code == 202
    assert Order.objects.get().amount == 2 * PRICE - 250 + 499


def test_a_quote_can_be_sent_in_parts(ada: APIClient) -> None:
    quote = ask(ada, lines=[{"sku": "MUG", "quantity": 12}]).json()
    placed = take(ada, quote["id"], partial=True)
    assert (placed.status_code, placed.json()["status"]) == (202, "waiting")
    settle()
    assert sum(Order.objects.values_list("amount", flat=True)) == quote["amount"]


def test_neither_lines_nor_a_quote_is_no_order(ada: APIClient) -> None:
    wanted = {"payment_method": "pm_card_visa"}
    refused = ada.post("/api/v1/orders", wanted, format="json")
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["pointer"]) == (400, "#/lines")


def test_old_quotes_are_removed_and_their_orders_stay(ada: APIClient) -> None:
    ids = [ask(ada).json()["id"] for _ in range(3)]
    take(ada, ids[0])
    old = timezone.now() - timedelta(days=8)
    Quote.objects.filter(pk__in=ids[:2]).update(expires_at=old)
    assert remove_what_is_over(seconds=5) == 2
    assert str(Quote.objects.get().id) == ids[2]
    assert Order.objects.count() == 1
