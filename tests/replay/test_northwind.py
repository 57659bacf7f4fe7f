"""Replay Northwind, Microsoft's sample shop: a folder of four tables."""

from pathlib import Path

from inventory.models import StockItem
from orders.models import Customer, Order, OrderLine
from testkit.invariants import assert_clean
from tests.replay.conftest import Replay
from tests.replay.files import northwind


def test_a_discount_is_rounded_half_up_once_for_each_line(replay: Replay, tmp_path: Path) -> None:
    summary = replay(northwind(tmp_path))
    lines = OrderLine.objects.order_by("order__reference", "number")
    # 3 x 14.45 less 15 % is 36.8475; 8 x 15.20 less 5 % is 115.52.
    assert [(line.unit_price, line.discount, line.amount) for line in lines] == [
        (1445, 650, 3685),
        (980, 0, 9800),
        (1520, 608, 11552),
    ]
    assert summary["placed_amount"] == 3685 + 9800 + 11552
    assert summary["currency"] == "USD"


def test_the_shop_begins_with_its_own_stock(replay: Replay, tmp_path: Path) -> None:
    summary = replay(northwind(tmp_path))
    assert StockItem.objects.get(pk="NW-001").on_hand == 39
    # 17 units are there of NW-002: one of the two orders gets its 10 or its 8.
    assert (summary["confirmed"], summary["cancelled"]) == (1, {"out_of_stock": 1})
    assert_clean()


def test_stock_can_be_what_the_orders_ask_for(replay: Replay, tmp_path: Path) -> None:
    summary = replay(northwind(tmp_path), opening_stock="1.0")
    assert summary["confirmed"] == 2
    assert StockItem.objects.get(pk="NW-002").on_hand == 18


def test_customers_keep_their_names(replay: Replay, tmp_path: Path) -> None:
    replay(northwind(tmp_path))
    assert Customer.objects.get(reference="northwind:ALFKI").name == "Alfreds Futterkiste"
    assert Order.objects.get(reference="northwind:10248").placed_at.isoformat() == (
        "1996-07-04T00:00:00+00:00"
    )


def test_an_order_that_is_worth_nothing_is_counted(replay: Replay, tmp_path: Path) -> None:
    lines = ["10248,NW-001,1,1.00,0.00", "10249,NW-001,1,0.00,0.00"]
    summary = replay(northwind(tmp_path, order_lines=lines))
    assert summary["placed"] == 1
    assert summary["skipped"] == {"line at price zero": 1, "sale that is worth nothing": 1}
