"""Shipping and tax are part of what an order costs, in every flow and whatever becomes of it."""

from decimal import Decimal

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from orders.flows import FLOWS
from orders.models import Adjustment, Order, Product, ShippingRate, TaxRate
from orders.pricing import NewLine, OrderRefused
from orders.services import (
    LineToReturn,
    TotalDiffers,
    import_order,
    place_order,
    request_cancellation,
    request_return,
)
from testkit.book import kept, moved
from testkit.delivering import settle
from testkit.shop import PRICE, Shop, outcome
from tests.api.conftest import ada as ada  # noqa: PLC0414 - a fixture
from tests.shop import send, take_in

every_flow = pytest.mark.parametrize("flow", sorted(FLOWS))

SHIPPING = 499


@pytest.fixture
def rates(audited: Shop, settings: Settings) -> Shop:
    """Add tax to prices: 20 % on all but books, in Britain; shipping costs 4.99 there."""
    settings.PRICES_INCLUDE_TAX = False
    audited.customer.country = "GB"
    audited.customer.save()
    audited.receive("BOOK", 10)
    Product.objects.filter(sku="BOOK").update(category="books")
    ShippingRate.objects.create(country="GB", currency="GBP", amount=SHIPPING, free_from=20_000)
    for category, percent in {"": 20, "books": 0}.items():
        TaxRate.objects.create(
            country="GB", category=category, percent=Decimal(percent), jurisdiction="HMRC"
        )
    return audited


TOTAL = 3 * PRICE + SHIPPING + 500 + 100
"""Two mugs and a book, shipping, and 20 % of the mugs and of shipping, rounded half up."""


def rows(order: Order) -> list[tuple[str, int | None, int]]:
    found = Adjustment.objects.filter(order=order).order_by("number")
    return list(found.values_list("kind", "line", "amount"))


@every_flow
def test_the_customer_pays_lines_shipping_and_tax(rates: Shop, flow: str) -> None:
    order = rates.order({"MUG": 2, "BOOK": 1}, flow=flow)
    settle()
    assert outcome(order) == ("confirmed", "")
    assert rows(order) == [
        ("shipping", None, SHIPPING),
        ("tax", 1, 500),
        ("tax", 2, 0),
        ("tax", None, 100),
    ]
    assert kept(order.id) == order.amount == TOTAL


@every_flow
def test_returns_one_by_one_give_everything_back(rates: Shop, flow: str) -> None:
    order = rates.order({"MUG": 2, "BOOK": 1}, flow=flow)
    settle()
    send(order)
    settle()
    for number in (1, 2, 1):
        request_return(order_id=order.id, lines=[LineToReturn(number, 1)], reason="too small")
        settle()
        take_in(order)
        settle()
    assert len(moved(order.id, "refund")) == 3
    assert sum(moved(order.id, "refund")) == TOTAL
    assert kept(order.id) == 0


@every_flow
def test_a_cancelled_order_keeps_nothing_of_them(rates: Shop, flow: str) -> None:
    order = rates.order({"MUG": 2, "BOOK": 1}, flow=flow)
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)], reason="too small")
    settle()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    assert kept(order.id) == 0


def test_a_backorder_takes_its_part_of_them_along(rates: Shop) -> None:
    order = rates.order({"MUG": 14, "BOOK": 1}, partial=True)
    amount = order.amount
    settle()
    rest = Order.objects.get(backorder_of=order)
    order.refresh_from_db()
    assert order.amount + rest.amount == amount
    (shipping, *_), (rest_of_it, *_) = rows(order), rows(rest)
    assert shipping[2] + rest_of_it[2] == SHIPPING
    rates.receive("MUG", 4)
    settle()
    assert (kept(order.id), kept(rest.id)) == (order.amount, rest.amount)


def test_shipping_is_free_from_an_amount_on(rates: Shop) -> None:
    order = rates.order({"BOOK": 16})
    assert rows(order) == [("shipping", None, 0), ("tax", 1, 0)]
    settle()


def test_a_tax_that_prices_include_is_shown_and_not_added(rates: Shop, settings: Settings) -> None:
    settings.PRICES_INCLUDE_TAX = True
    order = rates.order({"MUG": 2})
    settle()
    assert order.amount == 2 * PRICE + SHIPPING
    assert rows(order) == [("shipping", None, SHIPPING), ("tax", 1, 417), ("tax", None, 83)]
    assert set(order.adjustments.filter(kind="tax").values_list("included", flat=True)) == {True}


def test_nothing_is_shipped_to_a_country_without_a_rate(rates: Shop) -> None:
    rates.customer.country = "FR"
    with pytest.raises(OrderRefused, match="nothing is shipped to FR"):
        rates.order()
    ShippingRate.objects.create(country="", currency="GBP", amount=1500)
    order = rates.order()
    settle()
    assert rows(order) == [("shipping", None, 1500)]


def test_an_expected_total_is_compared_with_what_the_customer_pays(rates: Shop) -> None:
    with pytest.raises(TotalDiffers, match=f"costs {TOTAL}, and {3 * PRICE} was expected"):
        expecting(rates, 3 * PRICE)
    assert expecting(rates, TOTAL).amount == TOTAL
    settle()


def expecting(shop: Shop, total: int) -> Order:
    return place_order(
        customer=shop.customer,
        lines=[NewLine("MUG", 2), NewLine("BOOK", 1)],
        payment_method="pm_card_visa",
        expected_total=total,
    )


def test_an_order_of_another_system_keeps_its_agreed_price(rates: Shop) -> None:
    order = import_order(
        reference="till-7:1",
        customer=rates.customer,
        lines=[NewLine("MUG", 2)],
        payment_method="pm_card_visa",
    )
    settle()
    assert (order.amount, rows(order)) == (2 * PRICE, [])


def test_the_details_of_an_order_list_them(rates: Shop, ada: APIClient) -> None:
    order = rates.order({"MUG": 2, "BOOK": 1})
    settle()
    shown = ada.get(f"/api/v1/orders/{order.id}").json()
    assert shown["amount"] == TOTAL
    assert shown["adjustments"][1] == {
        "kind": "tax",
        "line": 1,
        "amount": 500,
        "included": False,
        "reason": "20 % tax",
        "rate": "20.000",
        "jurisdiction": "HMRC",
    }
