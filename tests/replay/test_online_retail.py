"""Replay a week of a real shop, in the layout of the UCI data set."""

from datetime import UTC, datetime
from pathlib import Path

from inventory.models import StockItem, StockMovement
from orders.models import Customer, Order, OrderLine
from testkit.invariants import assert_clean
from testkit.shop import price_of
from tests.replay.conftest import Replay
from tests.replay.files import online_retail, sold


def ends() -> dict[str, str]:
    rows = Order.objects.values_list("reference", "status", "reason_code")
    return {
        (reference or "").removeprefix("online-retail:"): reason or status
        for reference, status, reason in rows
    }


def test_every_sale_is_placed_with_its_own_prices_and_confirmed(
    replay: Replay, tmp_path: Path
) -> None:
    rows = [
        sold("576080", "22465", 12, "1.65"),
        sold("576080", "22178", 6, "1.95"),
        sold("576081", "22465", 1, "2.10", customer="18211"),
    ]
    summary = replay(online_retail(tmp_path, rows))
    assert ends() == {"576080": "confirmed", "576081": "confirmed"}
    assert (summary["placed"], summary["confirmed"], summary["cancelled"]) == (2, 2, {})
    assert summary["placed_amount"] == summary["captured"] == 12 * 165 + 6 * 195 + 210
    first = Order.objects.get(reference="online-retail:576080")
    assert first.placed_at == datetime(2011, 11, 14, 8, 10, tzinfo=UTC)
    assert first.customer.reference == "online-retail:17850"
    assert price_of("22465") == 165
    assert_clean()


def test_a_packed_file_is_read_as_well(replay: Replay, tmp_path: Path) -> None:
    summary = replay(online_retail(tmp_path, [sold("1", "A", 1)], "week.csv.gz"))
    assert summary["confirmed"] == 1


def test_the_same_code_twice_in_one_order_stays_two_lines(replay: Replay, tmp_path: Path) -> None:
    replay(online_retail(tmp_path, [sold("1", "A", 2), sold("1", "A", 3)]))
    assert list(OrderLine.objects.order_by("number").values_list("quantity", flat=True)) == [2, 3]
    assert StockItem.objects.get(pk="A").reserved == 5


def test_a_price_with_a_fraction_of_a_penny_is_rounded_on_the_line(
    replay: Replay, tmp_path: Path
) -> None:
    summary = replay(online_retail(tmp_path, [sold("1", "A", 100, "0.125")]))
    assert summary["captured"] == 1250


def test_guests_are_one_customer_for_each_country(replay: Replay, tmp_path: Path) -> None:
    rows = [
        sold("1", "A", 1, customer=""),
        sold("2", "A", 1, customer=""),
        sold("3", "A", 1, customer="", country="EIRE"),
    ]
    replay(online_retail(tmp_path, rows))
    guests = Customer.objects.filter(name="Guest").order_by("country")
    assert [(guest.country, guest.orders.count()) for guest in guests] == [
        ("EIRE", 1),
        ("United Kingdom", 2),
    ]


def test_lines_at_price_zero_are_left_out_and_counted(replay: Replay, tmp_path: Path) -> None:
    rows = [sold("1", "A", 1), sold("1", "B", 1, "0.0"), sold("2", "C", 4, "0.0")]
    summary = replay(online_retail(tmp_path, rows))
    assert summary["placed"] == 1
    assert summary["skipped"] == {
        "line at price zero": 1,
        "invoice with nothing but lines at price zero": 1,
    }
    assert OrderLine.objects.count() == 1


def test_a_cancellation_that_takes_back_all_refunds_and_restocks(
    replay: Replay, tmp_path: Path
) -> None:
    rows = [
        sold("1", "A", 3, "2.00"),
        sold("1", "A", 1, "2.00"),
        sold("1", "B", 1, "5.00"),
        sold("2", "A", 4, "2.00", customer="18211"),
        sold("C3", "B", -1, "5.00"),
        sold("C3", "A", -4, "2.00"),
    ]
    summary = replay(online_retail(tmp_path, rows))
    assert ends() == {"1": "cancelled_by_customer", "2": "confirmed"}
    assert (summary["captured"], summary["refunded"]) == (2100, 1300)
    assert summary["units"] == {"reserved": 9, "released": 5, "written_off": 0}
    assert StockItem.objects.get(pk="A").reserved == 4
    assert_clean()


def test_one_cancellation_takes_back_one_of_two_equal_sales(replay: Replay, tmp_path: Path) -> None:
    rows = [sold("1", "A", 1), sold("2", "A", 1), sold("C3", "A", -1)]
    replay(online_retail(tmp_path, rows))
    assert ends() == {"1": "confirmed", "2": "cancelled_by_customer"}


def test_some_lines_that_come_back_are_returned_and_the_order_stands(
    replay: Replay, tmp_path: Path
) -> None:
    rows = [
        sold("1", "A", 3),
        sold("1", "A", 2),
        sold("1", "B", 1),
        sold("C2", "A", -4),
        sold("C3", "B", -1),
    ]
    path = online_retail(tmp_path, rows)
    summary = replay(path)
    assert ends() == {"1": "confirmed"}
    assert (summary["returns"], summary["skipped"]) == (2, {})
    assert (summary["captured"], summary["refunded"]) == (600, 500)
    assert summary["units"] == {"reserved": 6, "released": 5, "written_off": 0}
    assert_clean()
    again = replay(path)
    assert {**again, "placed_now": 1, "seconds": 0, "orders_per_second": 0} == {
        **summary,
        "seconds": 0,
        "orders_per_second": 0,
    }


def test_units_of_several_sales_come_back_to_the_latest_that_have_enough(
    replay: Replay, tmp_path: Path
) -> None:
    rows = [
        sold("1", "A", 9),
        sold("2", "A", 2),
        sold("2", "B", 1),
        sold("3", "A", 1),
        sold("3", "B", 1),
        sold("C4", "A", -2),
        sold("C5", "A", -11),
    ]
    summary = replay(online_retail(tmp_path, rows))
    assert ends() == {"1": "cancelled_by_customer", "2": "confirmed", "3": "confirmed"}
    # One unit of the eleven was never sold to this customer.
    assert summary["skipped"] == {"cancelled line that matches no sale": 1}
    assert summary["refunded"] == 1200
    assert_clean()


def test_lines_that_match_no_sale_are_counted(replay: Replay, tmp_path: Path) -> None:
    rows = [
        sold("1", "A", 3),
        sold("C3", "A", -3, customer="18211"),
        sold("C4", "A", -3, "0.50"),
        sold("C4", "B", -1),
    ]
    summary = replay(online_retail(tmp_path, rows))
    assert ends() == {"1": "confirmed"}
    assert summary["skipped"] == {"cancelled line that matches no sale": 3}


def test_a_cancellation_before_its_sale_matches_nothing(replay: Replay, tmp_path: Path) -> None:
    summary = replay(online_retail(tmp_path, [sold("C1", "A", -1), sold("2", "A", 1)]))
    assert ends() == {"2": "confirmed"}
    assert summary["skipped"] == {"cancelled line that matches no sale": 1}


def test_what_was_never_confirmed_cannot_be_cancelled(replay: Replay, tmp_path: Path) -> None:
    path = online_retail(tmp_path, [sold("1", "A", 2), sold("C2", "A", -2)])
    summary = replay(path, opening_stock="1")
    assert ends() == {"1": "out_of_stock"}
    assert summary["skipped"] == {"cancellation of an order that was not confirmed": 1}
    assert summary["captured"] == summary["refunded"] == 200


def test_a_write_off_leaves_the_shelf_if_it_is_there(replay: Replay, tmp_path: Path) -> None:
    rows = [
        sold("1", "A", 2),
        sold("2", "A", -7, "0.0", customer="", name="damaged"),
        sold("3", "A", -2, "0.0", customer="", name="thrown away"),
    ]
    summary = replay(online_retail(tmp_path, rows), opening_stock="10")
    assert StockItem.objects.get(pk="A").on_hand == 3
    assert StockMovement.objects.get(kind="written_off").reason == "damaged"
    assert summary["units"]["written_off"] == 7
    assert summary["skipped"] == {"write-off of more than is available": 1}


def test_postage_and_the_like_never_run_out(replay: Replay, tmp_path: Path) -> None:
    rows = [sold("1", "POST", 3), sold("2", "gift_0001_20", 1), sold("3", "A", 1)]
    replay(online_retail(tmp_path, rows), opening_stock="0")
    assert ends() == {"1": "confirmed", "2": "confirmed", "3": "out_of_stock"}


def test_adjustments_of_bad_debts_are_counted(replay: Replay, tmp_path: Path) -> None:
    rows = [sold("1", "A", 1), sold("A506401", "B", 1, "-53594.36", customer="")]
    assert replay(online_retail(tmp_path, rows))["skipped"] == {"adjustment of a bad debt": 1}
