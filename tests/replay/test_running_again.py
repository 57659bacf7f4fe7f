"""A second or longer run, or one after another shop, does nothing twice."""

from pathlib import Path

from inventory.models import StockItem, StockMovement
from orders.models import Order, Product
from outbox.models import Message
from testkit.invariants import assert_clean
from testkit.shop import offer
from tests.replay.conftest import Replay
from tests.replay.files import northwind, online_retail, sold

ROWS = [
    sold("1", "A", 2),
    sold("2", "A", 3),
    sold("3", "A", -9, "0.0", customer="", name="damaged"),
    sold("C4", "A", -2),
    sold("5", "B", 1),
]


def test_a_second_run_changes_nothing_and_says_the_same(replay: Replay, tmp_path: Path) -> None:
    path = online_retail(tmp_path, ROWS)
    first = replay(path, opening_stock="10")
    books = [
        list(model.objects.order_by("pk").values()) for model in (Message, StockMovement, Order)
    ]
    second = replay(path, opening_stock="10")
    assert first["placed_now"] == 3
    assert second["placed_now"] == 0
    different = ("placed_now", "seconds", "orders_per_second")
    assert {k: v for k, v in first.items() if k not in different} == {
        k: v for k, v in second.items() if k not in different
    }
    assert books == [
        list(model.objects.order_by("pk").values()) for model in (Message, StockMovement, Order)
    ]


def test_a_limited_run_ends_after_so_many_sales_and_the_rest_can_follow(
    replay: Replay, tmp_path: Path
) -> None:
    path = online_retail(tmp_path, ROWS)
    limited = replay(path, limit="1", opening_stock="1.0")
    assert (limited["placed"], limited["cancelled"], limited["units"]["written_off"]) == (1, {}, 0)
    assert StockItem.objects.get(pk="A").on_hand == 5
    whole = replay(path, opening_stock="1.0")
    assert (whole["placed"], whole["placed_now"]) == (3, 2)
    assert whole["confirmed"] == 2
    assert whole["cancelled"] == {"cancelled_by_customer": 1}
    assert_clean()


def test_two_shops_share_a_database(replay: Replay, tmp_path: Path) -> None:
    replay(online_retail(tmp_path, ROWS))
    summary = replay(northwind(tmp_path), opening_stock="unlimited")
    assert (summary["placed"], summary["confirmed"], summary["currency"]) == (2, 2, "USD")


def test_a_catalogue_that_contradicts_the_file_is_left_alone(
    replay: Replay, tmp_path: Path
) -> None:
    offer("B", 5, "EUR", name="Other")
    path = online_retail(tmp_path, ROWS)
    assert "B is in the catalogue in EUR" in replay.refused(path)
    Product.objects.update(currency="GBP", for_sale=False)
    assert "B is in the catalogue, but not for sale" in replay.refused(path)
    assert not Order.objects.exists()
