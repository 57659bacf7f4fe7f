"""GET /orders and /orders/{id}: one table, one's own orders, and nothing else."""

import json
import time
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIClient
from uuid_utils.compat import uuid7

from orders.models import Customer, Order
from outbox.lag import Lag
from readmodels import lag
from readmodels.api.order import OrderDetailSerializer
from readmodels.models import OrderDetail, OrderSummary
from readmodels.projection import projections
from testkit.delivering import settle
from testkit.shop import PRICE, Shop


@pytest.fixture(autouse=True)
def _lag_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no request of these tests be the one of its second that reads the lag."""
    monkeypatch.setattr(lag, "_read", (time.monotonic(), dict.fromkeys(projections, Lag())))
    monkeypatch.setattr(lag, "SECONDS_KNOWN", 60.0)


MISSING = "01936f2e-8b1c-7c3d-9a4e-5f60718293a4"


def placed(shop: Shop, count: int = 1) -> list[Order]:
    orders = [shop.order({"MUG": 1 + number}) for number in range(count)]
    settle()
    return orders


def ids(client: APIClient, address: str = "/api/v1/orders") -> list[str]:
    return [row["id"] for row in client.get(address).json()["results"]]


def test_an_order_reads_as_its_row_says(ada: APIClient, shop: Shop) -> None:
    (order,) = placed(shop)
    row: Any = OrderDetail.objects.get(order_id=order.id)
    row.customer_name = "Ada Lovelace"
    read = ada.get(f"/api/v1/orders/{order.id}")
    described = OrderDetailSerializer(row).data
    assert read.json().keys() == described.keys()
    assert read.json() == json.loads(JSONRenderer().render(described))
    assert (read.json()["amount"], read.json()["currency"]) == (PRICE, "GBP")


def test_reading_an_order_takes_the_token_and_one_row(
    ada: APIClient, shop: Shop, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    (order,) = placed(shop)
    with django_assert_num_queries(2) as captured:
        ada.get(f"/api/v1/orders/{order.id}")
    assert "FROM config_apitoken" in captured.captured_queries[0]["sql"]
    assert 'FROM "readmodels_orderdetail" WHERE' in captured.captured_queries[1]["sql"]


def test_a_list_takes_the_token_and_one_table(
    ada: APIClient, shop: Shop, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    placed(shop, 3)
    with django_assert_num_queries(2) as captured:
        assert len(ids(ada, "/api/v1/orders?status=confirmed")) == 3
    assert "JOIN" not in captured.captured_queries[1]["sql"]
    assert 'FROM "readmodels_ordersummary"' in captured.captured_queries[1]["sql"]


def test_an_answer_says_how_far_it_may_be_behind(
    ada: APIClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (order,) = placed(shop)
    known = dict.fromkeys(projections, Lag(1.25))
    monkeypatch.setattr(lag, "_read", (time.monotonic(), known))
    for address in ("/api/v1/orders", f"/api/v1/orders/{order.id}", f"/api/v1/orders/{MISSING}"):
        assert ada.get(address)["Read-Model-Lag"] == "1.250"


def test_somebody_elses_order_is_not_found(ada: APIClient, bob: APIClient, shop: Shop) -> None:
    (order,) = placed(shop)
    foreign, missing = bob.get(f"/api/v1/orders/{order.id}"), bob.get(f"/api/v1/orders/{MISSING}")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.json()["detail"] == missing.json()["detail"]
    assert ids(bob) == []
    assert ids(bob, f"/api/v1/orders?customer={shop.customer.id}") == []
    assert ids(ada) == [str(order.id)]


def test_an_order_bears_the_name_that_its_customer_has_now(
    ada: APIClient, staff: APIClient, shop: Shop
) -> None:
    (order,) = placed(shop)
    Customer.objects.filter(pk=shop.customer.id).update(name="Countess of Lovelace")
    for client in (ada, staff):
        listed = client.get("/api/v1/orders").json()["results"]
        assert [each["customer_name"] for each in listed] == ["Countess of Lovelace"]
        read = client.get(f"/api/v1/orders/{order.id}").json()
        assert read["customer_name"] == "Countess of Lovelace"


def test_staff_see_every_order(staff: APIClient, shop: Shop) -> None:
    (order,) = placed(shop)
    assert ids(staff) == [str(order.id)]
    assert ids(staff, f"/api/v1/orders?customer={shop.customer.id}") == [str(order.id)]
    assert ids(staff, f"/api/v1/orders?customer={MISSING}") == []
    assert staff.get(f"/api/v1/orders/{order.id}").status_code == 200


def test_an_account_that_is_nobodys_sees_nothing(stranger: APIClient) -> None:
    assert stranger.get("/api/v1/orders").status_code == 403
    assert stranger.get(f"/api/v1/orders/{MISSING}").status_code == 403


@pytest.fixture
def long_ago() -> datetime:
    return timezone.now() - timedelta(days=30)


@pytest.fixture
def history(shop: Shop, long_ago: datetime) -> list[str]:
    """Give the customer twelve orders, an hour apart but for some at one moment; newest first."""
    hours = [0, 1, 2, 2, 2, 2, 3, 4, 5, 6, 7, 8]
    rows = [
        OrderSummary(
            order_id=uuid7(),
            customer_id=shop.customer.id,
            item_count=1,
            amount=100 * number,
            currency="GBP",
            status="confirmed" if number % 2 else "cancelled",
            placed_at=long_ago + timedelta(hours=hour),
        )
        for number, hour in enumerate(hours)
    ]
    OrderSummary.objects.bulk_create(rows)
    newest_first = sorted(rows, key=lambda row: (row.placed_at, row.order_id), reverse=True)
    return [str(row.order_id) for row in newest_first]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 12])
def test_pages_follow_each_other_without_gap_or_repetition(
    ada: APIClient, history: list[str], size: int
) -> None:
    read, address = [], f"/api/v1/orders?page_size={size}"
    while address:
        page = ada.get(address).json()
        assert len(page["results"]) <= size
        read += [row["id"] for row in page["results"]]
        address = page["next"]
    assert read == history


@pytest.mark.parametrize("ordering", ["placed_at", "-placed_at", "amount", "-amount"])
def test_every_ordering_has_its_pages(ada: APIClient, history: list[str], ordering: str) -> None:
    read, address = [], f"/api/v1/orders?page_size=5&ordering={ordering}"
    while address:
        page = ada.get(address).json()
        read += [(row[ordering.removeprefix("-")], row["id"]) for row in page["results"]]
        address = page["next"]
    assert {order_id for _, order_id in read} == set(history)
    assert read == sorted(read, reverse=ordering.startswith("-"))


def test_a_cursor_serves_the_ordering_that_it_was_given_for(
    ada: APIClient, history: list[str]
) -> None:
    by_amount = ada.get("/api/v1/orders?page_size=5&ordering=amount").json()["next"]
    assert len(ids(ada, by_amount)) == 5 < len(history)
    assert ada.get(by_amount.replace("ordering=amount", "ordering=placed_at")).status_code == 400


def test_an_order_placed_meanwhile_does_not_shift_the_next_page(
    ada: APIClient, shop: Shop, history: list[str]
) -> None:
    first = ada.get("/api/v1/orders?page_size=5").json()
    placed(shop)
    assert ids(ada, first["next"]) == history[5:10]


def test_lists_are_narrowed_down(ada: APIClient, history: list[str], long_ago: datetime) -> None:
    def count(**query: Any) -> int:
        pairs = "&".join(f"{name}={quote(str(value))}" for name, value in query.items())
        return len(ids(ada, f"/api/v1/orders?{pairs}"))

    boundary = (long_ago + timedelta(hours=2)).isoformat()
    assert count() == len(history)
    assert count(status="confirmed") == 6
    assert count(placed_from=boundary) == 10
    assert count(placed_before=boundary) == 2
    assert count(placed_from=boundary, placed_before=boundary) == 0
    assert count(amount_from=300, amount_to=500) == 3


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("state=confirmed", "state"),
        ("status=sold", "status"),
        ("status=%00", "status"),
        ("status=", "status"),
        ("customer=", "customer"),
        ("customer=7", "customer"),
        ("placed_from=yesterday", "placed_from"),
        ("amount_from=1.5", "amount_from"),
        ("amount_to=-1", "amount_to"),
        ("amount_to=9223372036854775808", "amount_to"),
        ("ordering=customer_name", "ordering"),
        ("page_size=0", "page_size"),
        ("page_size=201", "page_size"),
        ("page_size=ten", "page_size"),
        ("cursor=!", "cursor"),
        ("cursor=eyJhIjogMX0", "cursor"),
        ("cursor=WyIyMDI2LTAxLTAxIiwgIngiXQ", "cursor"),
    ],
)
def test_a_query_that_cannot_be_used_is_refused_by_name(
    ada: APIClient, query: str, parameter: str
) -> None:
    refused = ada.get(f"/api/v1/orders?{query}")
    assert refused.status_code == 400
    assert [error["parameter"] for error in refused.json()["errors"]] == [parameter]
