"""Prices over time and in several currencies, and when a product is for sale."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import Error, connection
from django.utils import timezone
from rest_framework.test import APIClient

from orders.models import Order, OrderLine, Product, ProductPrice
from outbox.models import OperatorAct
from testkit.shop import PRICE, offer
from tests.api.conftest import client_of, member_of

PRICES = "/api/v1/product-prices"


def set_price(client: APIClient, unit_price: int | None, **more: Any) -> Any:
    body = {"sku": "MUG", "currency": "EUR", "unit_price": unit_price, "reason": "the new list"}
    return client.post(PRICES, {**body, **more}, format="json")


def buy(client: APIClient, *skus: str, **more: Any) -> Any:
    lines = [{"sku": sku, "quantity": 2} for sku in skus or ("MUG",)]
    body = {"lines": lines, "payment_method": "pm_card_visa", **more}
    return client.post("/api/v1/orders", body, format="json")


def problem(answer: Any) -> tuple[int, str, str]:
    told = answer.json()
    return answer.status_code, told["type"], told["errors"][0]["pointer"]


def test_an_order_is_priced_in_the_currency_that_it_names(boss: APIClient, ada: APIClient) -> None:
    assert set_price(boss, 1490).status_code == 201
    assert ada.get("/api/v1/products/MUG").json()["prices"] == [
        {"currency": "EUR", "unit_price": 1490},
        {"currency": "GBP", "unit_price": PRICE},
    ]
    assert buy(ada, currency="EUR").status_code == 202
    assert buy(ada).status_code == 202
    assert list(Order.objects.order_by("id").values_list("currency", "amount")) == [
        ("EUR", 2 * 1490),
        ("GBP", 2 * PRICE),
    ]


@pytest.mark.usefixtures("shop")
def test_a_product_without_a_price_in_the_currency_is_refused(ada: APIClient) -> None:
    assert problem(buy(ada, currency="EUR")) == (422, "/problems/no-price", "#/lines/0/sku")
    assert problem(buy(ada, currency="DEM"))[::2] == (400, "#/currency")


def test_products_of_two_currencies_are_ordered_in_the_one_that_both_have(
    boss: APIClient, ada: APIClient
) -> None:
    offer("STEIN", 900, "EUR")
    assert problem(buy(ada, "MUG", "STEIN"))[:2] == (422, "/problems/order-refused")
    set_price(boss, 1490)
    assert buy(ada, "MUG", "STEIN", currency="EUR").status_code == 202


def test_a_price_to_come_holds_from_its_time(boss: APIClient, ada: APIClient) -> None:
    soon = timezone.now() + timedelta(days=1)
    set_price(boss, 99, currency="GBP", since=soon.isoformat())
    assert ada.get("/api/v1/products/MUG").json()["unit_price"] == PRICE
    buy(ada)
    assert Order.objects.get().amount == 2 * PRICE
    set_price(boss, 77, currency="GBP", since="2020-01-01T00:00:00Z")
    assert ada.get("/api/v1/products/MUG").json()["unit_price"] == PRICE
    set_price(boss, 88, currency="GBP")
    assert ada.get("/api/v1/products").json()["results"][0]["unit_price"] == 88


def test_a_currency_in_which_it_is_not_sold_any_more_is_left_out(
    boss: APIClient, ada: APIClient
) -> None:
    set_price(boss, 1490)
    set_price(boss, None)
    assert [price["currency"] for price in ada.get("/api/v1/products/MUG").json()["prices"]] == [
        "GBP"
    ]
    assert problem(buy(ada, currency="EUR"))[:2] == (422, "/problems/no-price")


def test_the_history_says_who_changed_what_when_and_past_orders_keep_theirs(
    boss: APIClient, ada: APIClient
) -> None:
    buy(ada)
    boss.patch("/api/v1/products/MUG", {"unit_price": 1400, "reason": "dearer clay"}, format="json")
    set_price(boss, 1300, currency="GBP", reason="too dear")
    listed = boss.get(f"{PRICES}?sku=MUG").json()["results"]
    assert [(each["unit_price"], each["set_by"]) for each in listed] == [
        (1300, "one of admin"),
        (1400, "one of admin"),
        (PRICE, ""),
    ]
    assert [datetime.fromisoformat(each["since"]) for each in listed] == sorted(
        (datetime.fromisoformat(each["since"]) for each in listed), reverse=True
    )
    act = OperatorAct.objects.get(verb="set price")
    assert (act.actor, act.subject, act.reason) == ("one of admin", "MUG", "too dear")
    assert (act.details["before"], act.details["after"]) == (1400, 1300)
    assert OrderLine.objects.get().unit_price == PRICE


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("statement", ["UPDATE {} SET unit_price = 1", "DELETE FROM {}"])
def test_no_price_is_ever_overwritten(statement: str) -> None:
    with pytest.raises(Error, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement.format(ProductPrice._meta.db_table))  # noqa: SLF001 - Django's documented Model._meta API


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"sku": "UNICORN"}, 404),
        ({"unit_price": -1}, 400),
        ({"unit_price": "12"}, 400),
        ({"currency": "XXX"}, 400),
        ({"since": "tomorrow"}, 400),
        ({"since": 1735689600}, 400),
        ({"reason": " "}, 400),
    ],
)
def test_what_is_no_price_is_refused(boss: APIClient, change: dict[str, Any], status: int) -> None:
    assert set_price(boss, **{"unit_price": 1490, **change}).status_code == status
    assert ProductPrice.objects.filter(product="MUG").count() == 1


def test_a_product_is_for_sale_from_a_time_until_a_time(boss: APIClient, ada: APIClient) -> None:
    def active(since: int | None, until: int | None) -> Any:
        now = timezone.now()
        times = {"active_from": since, "active_until": until}
        change = {
            name: None if days is None else (now + timedelta(days)).isoformat()
            for name, days in times.items()
        }
        path = "/api/v1/products/MUG"
        return boss.patch(path, {**change, "reason": "summer"}, format="json")

    for since, until, is_sold in [
        (None, None, True),
        (-1, 1, True),
        (-2, None, True),
        (1, 2, False),
        (None, -1, False),
    ]:
        assert active(since, until).status_code == 200
        listed = [each["sku"] for each in ada.get("/api/v1/products").json()["results"]]
        assert ("MUG" in listed, buy(ada).status_code == 202) == (is_sold, is_sold)
    assert problem(active(2, 1))[::2] == (400, "#/active_until")


def test_products_are_listed_by_category(boss: APIClient, ada: APIClient) -> None:
    offer("BOWL", 700)
    body = {"category": "bowls", "reason": "sorted"}
    assert boss.patch("/api/v1/products/BOWL", body, format="json").status_code == 200
    listed = ada.get("/api/v1/products?category=bowls").json()["results"]
    assert [(each["sku"], each["category"]) for each in listed] == [("BOWL", "bowls")]
    body = {"category": "bowls & mugs", "reason": "sorted"}
    assert boss.patch("/api/v1/products/BOWL", body, format="json").status_code == 400


@pytest.mark.usefixtures("shop")
def test_who_keeps_the_catalogue_sets_prices_and_support_does_not() -> None:
    assert set_price(client_of(member_of("catalogue")), 1490).status_code == 201
    support = client_of(member_of("support"))
    assert set_price(support, 1).status_code == 403
    assert support.get(PRICES).status_code == 200
    assert Product.objects.with_prices().get().unit_price == PRICE
