"""What staff read: sales, customers, stock, money at risk; and an order with its timeline."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient
from uuid_utils.compat import uuid7

from orders.services import LineToReturn, request_return
from readmodels.models import DailySales, MoneyAtRisk
from testkit.delivering import settle
from testkit.shop import PRICE, Shop

MISSING = "01936f2e-8b1c-7c3d-9a4e-5f60718293a4"
REPORTS = ("sales", "stock", "money-at-risk", f"customers/{MISSING}/statistics")


def read(client: APIClient, address: str) -> Any:
    answer = client.get(f"/api/v1/{address}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def results(client: APIClient, address: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read(client, address)["results"]
    return rows


@pytest.mark.parametrize("report", REPORTS)
def test_reports_are_for_staff_who_may_look_things_up(
    ada: APIClient, nobody: APIClient, clerk: APIClient, staff: APIClient, report: str
) -> None:
    clients = (ada, nobody, clerk, staff)
    assert [each.get(f"/api/v1/{report}").status_code for each in clients] == [403, 401, 403, 200]


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_reads_one_table(staff: APIClient, report: str) -> None:
    read(staff, report)  # the lag is known for a second
    with CaptureQueriesContext(connection) as captured:
        read(staff, report)
    (query,) = [
        each["sql"] for each in captured.captured_queries if 'FROM "readmodels_' in each["sql"]
    ]
    assert "JOIN" not in query


def test_sales_stock_and_statistics_say_what_was_sold(staff: APIClient, shop: Shop) -> None:
    shop.order({"MUG": 3})
    settle()
    assert results(staff, "sales") == [
        {
            "day": str(timezone.now().date()),
            "sku": "MUG",
            "country": "",
            "currency": "GBP",
            "orders": 1,
            "units": 3,
            "amount": 3 * PRICE,
            "returned_units": 0,
            "returned_amount": 0,
        }
    ]
    assert results(staff, "stock") == [{"sku": "MUG", "on_hand": 10, "reserved": 3, "available": 7}]
    assert read(staff, f"customers/{shop.customer.id}/statistics") == [
        {
            "currency": "GBP",
            "orders": 1,
            "standing": 1,
            "cancelled": 0,
            "amount": 3 * PRICE,
            "returned_amount": 0,
        }
    ]
    assert results(staff, "money-at-risk") == []


def test_sales_are_narrowed_down_and_paged(staff: APIClient, shop: Shop) -> None:  # noqa: ARG001 - the tables
    numbers = dict.fromkeys(("orders", "units", "amount", "returned_units", "returned_amount"), 1)
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        for sku in ("JUG", "MUG"):
            DailySales.objects.create(day=day, sku=sku, country="France", currency="GBP", **numbers)
    assert len(results(staff, "sales?sku=MUG")) == 3
    assert len(results(staff, "sales?day_from=2026-01-02&day_to=2026-01-02")) == 2
    assert results(staff, "sales?country=Spain") == []
    first = read(staff, "sales?page_size=4")
    rest = staff.get(first["next"]).json()
    seen = [(row["day"], row["sku"]) for row in first["results"] + rest["results"]]
    assert len(seen) == 6
    assert seen == sorted(seen, reverse=True)


def test_the_oldest_money_at_risk_comes_first(staff: APIClient, shop: Shop) -> None:  # noqa: ARG001 - the tables
    now = timezone.now()
    for minutes, risk in ((1, "not_captured"), (9, "not_confirmed"), (5, "not_captured")):
        since = now - timedelta(minutes=minutes)
        MoneyAtRisk.objects.create(
            order_id=uuid7(), currency="GBP", risk=risk, amount=minutes, since=since
        )
    MoneyAtRisk.objects.create(order_id=uuid7())
    assert [row["amount"] for row in results(staff, "money-at-risk")] == [9, 5, 1]
    assert [row["amount"] for row in results(staff, "money-at-risk?risk=not_captured")] == [5, 1]


def test_an_order_shows_its_lines_its_returns_and_what_happened(ada: APIClient, shop: Shop) -> None:
    order = shop.order({"MUG": 3})
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)], reason="too small")
    settle()
    row = read(ada, f"orders/{order.id}")
    assert row["lines"] == [
        {
            "number": 1,
            "sku": "MUG",
            "name": "MUG",
            "quantity": 3,
            "returned": 1,
            "sent": 0,
            "amount": 3 * PRICE,
        }
    ]
    assert [each["amount"] for each in row["returns"]] == [PRICE]
    assert row["returned_amount"] == PRICE
    happened = read(ada, f"orders/{order.id}/timeline")
    assert [(each["event"], each.get("amount")) for each in happened] == [
        ("OrderPlaced", None),
        ("PaymentCompleted", 3 * PRICE),
        ("OrderConfirmed", None),
        ("OrderReturnRequested", PRICE),
        ("PaymentPartRefunded", PRICE),
        ("OrderReturnCompleted", PRICE),
    ]
    assert [each["at"] for each in happened] == sorted(each["at"] for each in happened)


def test_the_timeline_of_somebody_elses_order_is_not_found(bob: APIClient, shop: Shop) -> None:
    order = shop.order()
    settle()
    assert bob.get(f"/api/v1/orders/{order.id}/timeline").status_code == 404
