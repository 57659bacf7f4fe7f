"""Totals count each order's contribution once, and subtract it after a cancellation."""

import random
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from inventory.models import MovementKind, StockItem
from inventory.services.stock_taking import StockChange, change_stock
from orders.models import Customer
from orders.services import LineToReturn, request_cancellation, request_return
from outbox.delivery.batch import deliver_batch
from outbox.log import reading
from outbox.models import Conversation
from outbox.registry import groups, subscribers
from readmodels.models import CustomerStatistics, DailySales, MoneyAtRisk, StockLevel
from readmodels.projection import GROUP, projections
from readmodels.totals import Totals
from testkit.delivering import settle, settle_all_but
from testkit.lanes import owed_to
from testkit.shop import PRICE, Shop
from tests.readmodels.day import a_busy_day_of, a_day_of, tables
from tests.shop import send
from tests.threads import at_once

TOTALS = sorted(name for name, each in projections.items() if isinstance(each, Totals))

every_total = pytest.mark.parametrize("name", TOTALS)


def sold() -> dict[tuple[str, str], Any]:
    """Return orders, units and money by SKU and country."""
    columns = ("sku", "country", "orders", "units", "amount", "returned_units", "returned_amount")
    return {
        (sku, country): numbers
        for sku, country, *numbers in DailySales.objects.values_list(*columns)
    }


def test_a_day_counts_what_stands_by_product_and_country(audited: Shop) -> None:
    audited.receive("BOWL", 9)
    audited.order({"MUG": 2, "BOWL": 1})
    audited.customer = Customer.objects.create(name="Bob", country="France")
    audited.order({"MUG": 1})
    audited.order({"MUG": 1}, payment_method="pm_card_chargeDeclined")
    settle()
    assert sold() == {
        ("BOWL", ""): [1, 1, PRICE, 0, 0],
        ("MUG", ""): [1, 2, 2 * PRICE, 0, 0],
        ("MUG", "France"): [1, 1, PRICE, 0, 0],
    }
    assert {row.day for row in DailySales.objects.all()} == {timezone.now().date()}


def test_what_comes_back_is_counted_beside_and_what_is_cancelled_not_at_all(audited: Shop) -> None:
    kept, undone = audited.order({"MUG": 3}), audited.order({"MUG": 1})
    settle()
    request_return(order_id=kept.id, lines=[LineToReturn(1, 1)], reason="too small")
    request_cancellation(order_id=undone.id, reason_code="cancelled_by_customer")
    settle()
    assert sold() == {("MUG", ""): [1, 3, 3 * PRICE, 1, PRICE]}
    statistics = CustomerStatistics.objects.values().get()
    assert {name: statistics[name] for name in ("orders", "standing", "cancelled")} == {
        "orders": 2,
        "standing": 1,
        "cancelled": 1,
    }
    assert (statistics["amount"], statistics["returned_amount"]) == (3 * PRICE, PRICE)


def test_a_day_of_which_nothing_stands_is_no_row(audited: Shop) -> None:
    order = audited.order()
    settle()
    assert DailySales.objects.count() == 1
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert DailySales.objects.count() == 0


def test_stock_levels_are_those_of_the_stock_and_what_is_sold_out_is_listed(audited: Shop) -> None:
    a_busy_day_of(audited)
    audited.receive("JUG", 1)
    change_stock([StockChange("JUG", -1, MovementKind.WRITTEN_OFF, "broken")])
    settle()
    levels = StockLevel.objects.order_by("sku").values_list("sku", "on_hand", "reserved")
    items = StockItem.objects.order_by("sku").values_list("sku", "on_hand", "reserved")
    assert list(levels) == list(items)
    assert StockLevel.objects.get(sku="JUG").on_hand == 0


def test_money_is_at_risk_until_it_is_captured_and_the_order_confirmed(
    audited: Shop, settings: Settings
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    first = audited.order({"MUG": 2}, flow="reserve_first")
    second = audited.order(flow="charge_first")
    for _ in range(2):
        settle_all_but("gateway", "sagas")
        deliver_batch(subscribers["sagas"])
        settle_all_but("gateway", "sagas")
        deliver_batch(subscribers["gateway"])
    settle_all_but("gateway", "sagas")
    risks = dict(MoneyAtRisk.objects.filter(amount__gt=0).values_list("order_id", "risk"))
    assert risks == {first.id: "not_captured", second.id: "not_confirmed"}
    settle()
    send(first, {1: 1})
    settle()
    risky = MoneyAtRisk.objects.filter(amount__gt=0)
    assert list(risky.values_list("order_id", "amount")) == [(first.id, PRICE)]
    send(first)
    settle()
    assert not MoneyAtRisk.objects.filter(amount__gt=0).exists()


@every_total
def test_what_is_delivered_again_counts_once(audited: Shop, name: str) -> None:
    a_day_of(audited)
    projection = projections[name]
    before = tables(projection)
    everything = list(Conversation.objects.values_list("pk", flat=True))
    heard = list(reading.read(everything, list(projection.fold_of)))

    projection.apply(heard)
    for envelope in random.Random(1).sample(heard, len(heard)):
        projection.apply([envelope])

    assert tables(projection) == before


@every_total
def test_workers_that_meet_in_one_day_and_one_product_neither_deadlock_nor_miscount(
    audited: Shop, settings: Settings, name: str
) -> None:
    settings.OUTBOX_BATCH = 2
    audited.receive("BOWL", 40)
    for number in range(16):
        audited.order({"MUG": 1, "BOWL": 1} if number % 2 else {"BOWL": 1})
    settle_all_but(name)

    def work(_: int) -> None:
        while owed_to(GROUP).exists():
            deliver_batch(groups[GROUP])

    at_once(4, work)
    settle()
