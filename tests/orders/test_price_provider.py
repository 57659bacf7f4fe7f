"""A price provider that is silent, slow or wrong refuses the order; it is never sold otherwise."""

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from pytest_django import Settings
from rest_framework.test import APIClient

from orders.models import AdjustmentKind, Order, Quote
from orders.pricing import OrderRefused, PriceUnknown, consulting
from orders.pricing.consulting import PricedInTransaction
from orders.pricing.provider import Basket, Extra
from testkit.delivering import settle
from testkit.shop import PRICE, Shop
from tests.api.conftest import ada as ada  # noqa: PLC0414 - a fixture

SHIPPING = Extra(AdjustmentKind.SHIPPING, 499, "by air")
TAX = Extra(AdjustmentKind.TAX, 250, "VAT", line=1, rate=Decimal("20.000"), jurisdiction="GB")
WANTED: dict[str, Any] = {"lines": [{"sku": "MUG", "quantity": 1}]}


class Outside:
    """A provider that calls another system, as it were."""

    outside = True

    def __init__(self, answer: Callable[[Basket], Sequence[Extra]]) -> None:
        self.answer = answer
        self.asked: list[Basket] = []

    def extras(self, basket: Basket) -> Sequence[Extra]:
        self.asked.append(basket)
        return self.answer(basket)


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outside]:
    """Return a function that lets the shop's provider say something."""

    def let(answer: Callable[[Basket], Sequence[Extra]]) -> Outside:
        provider = Outside(answer)
        monkeypatch.setattr(consulting, "provider_named", lambda _: provider)
        return provider

    return let


Says = Callable[[Callable[[Basket], Sequence[Extra]]], Outside]


def test_what_it_says_is_what_the_order_costs(audited: Shop, says: Says) -> None:
    provider = says(lambda _: [SHIPPING, TAX])
    order = audited.order({"MUG": 2})
    settle()
    assert order.amount == 2 * PRICE + 499 + 250
    (basket,) = provider.asked
    assert (basket.currency, basket.amount, len(basket.lines)) == ("GBP", 2 * PRICE, 1)


def silent(_: Basket) -> Sequence[Extra]:
    raise ConnectionError("nobody is there")


def slow(_: Basket) -> Sequence[Extra]:
    time.sleep(0.3)
    return [SHIPPING]


def of(*extras: Any) -> Callable[[Basket], Any]:
    return lambda _: list(extras)


WRONG: dict[str, Callable[[Basket], Any]] = {
    "silent": silent,
    "slow": slow,
    "nothing at all": lambda _: None,
    "no amounts": of("4.99"),
    "a fraction": of(Extra(AdjustmentKind.SHIPPING, 4.99, "by air")),  # type: ignore[arg-type]
    "far too much": of(Extra(AdjustmentKind.SHIPPING, 2**60, "by air")),
    "another line": of(Extra(AdjustmentKind.DISCOUNT, -1, "odd", line=2)),
    "a voucher": of(Extra(AdjustmentKind.VOUCHER, -1, "SPRING")),
    "another kind": of(Extra("gift", 1, "odd")),  # type: ignore[arg-type]
    "a tax without a rate": of(Extra(AdjustmentKind.TAX, 1, "VAT", jurisdiction="GB")),
    "a tax of nobody": of(Extra(AdjustmentKind.TAX, 1, "VAT", rate=Decimal(20))),
    "a tax below nothing": of(
        Extra(AdjustmentKind.TAX, -1, "VAT", rate=Decimal(20), jurisdiction="GB")
    ),
    "shipping that prices include": of(Extra(AdjustmentKind.SHIPPING, 1, "odd", included=True)),
    "more off than it costs": of(Extra(AdjustmentKind.DISCOUNT, -PRICE - 1, "odd")),
    "a reason without end": of(Extra(AdjustmentKind.SHIPPING, 1, "x" * 201)),
}


@pytest.mark.parametrize("way", WRONG)
def test_whatever_is_wrong_refuses_the_order(
    ada: APIClient, says: Says, settings: Settings, way: str
) -> None:
    settings.PRICE_SECONDS = 0.05
    says(WRONG[way])
    order = {**WANTED, "payment_method": "pm_card_visa"}
    for address, body in (("orders", order), ("quotes", WANTED)):
        for headers in ({}, {"Idempotency-Key": f"a-key-for-{address}"}):
            refused = ada.post(f"/api/v1/{address}", body, format="json", headers=headers)
            assert (refused.status_code, refused["Retry-After"]) == (503, "5")
            assert refused.json()["type"] == "/problems/price-unknown"
    assert not Order.objects.exists()
    assert not Quote.objects.exists()


def test_an_order_that_it_does_not_sell_is_refused_for_good(ada: APIClient, says: Says) -> None:
    def refuse(_: Basket) -> Sequence[Extra]:
        raise OrderRefused("nothing is shipped to the moon")

    says(refuse)
    order = {**WANTED, "payment_method": "pm_card_visa"}
    for headers in ({}, {"Idempotency-Key": "a-key-of-its-own"}):
        refused = ada.post("/api/v1/orders", order, format="json", headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/order-refused")
        assert "to the moon" in refused.json()["detail"]


def test_it_is_called_once_and_outside_of_any_transaction(ada: APIClient, says: Says) -> None:
    provider = says(of(SHIPPING))
    order = {**WANTED, "payment_method": "pm_card_visa"}
    for headers in ({}, {"Idempotency-Key": "a-key-of-its-own"}):
        assert ada.post("/api/v1/orders", order, format="json", headers=headers).status_code == 202
    assert len(provider.asked) == 2
    assert set(Order.objects.values_list("amount", flat=True)) == {PRICE + 499}
    settle()


def test_nobody_calls_it_in_a_transaction(shop: Shop, says: Says) -> None:
    provider = says(of(SHIPPING))
    with transaction.atomic(), pytest.raises(PricedInTransaction):
        shop.order()
    assert provider.asked == []
    assert not connection.in_atomic_block


def test_a_crowd_that_waits_for_it_is_refused_at_once(
    shop: Shop, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = says(of(SHIPPING))
    monkeypatch.setattr(consulting._seats, "acquire", lambda **_: False)  # noqa: SLF001 - all taken
    with pytest.raises(PriceUnknown):
        shop.order()
    assert provider.asked == []


@pytest.mark.parametrize("name", ["table", "tables.Tables", "provider", ""])
def test_a_name_without_a_provider_stops_the_start(settings: Settings, name: str) -> None:
    settings.PRICE_PROVIDER = name
    with pytest.raises(ImproperlyConfigured, match=r"^PRICE_PROVIDER cannot be '.*'.*connect\(\)"):
        apps.get_app_config("orders").ready()
