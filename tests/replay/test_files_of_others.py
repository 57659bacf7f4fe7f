"""Files from spreadsheets and scripts load correctly, or get one clear error line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from orders.models import Customer, Order, OrderReturn, Product
from orders.services import erase_customer
from testkit.shop import offer
from tests.replay.conftest import Replay
from tests.replay.files import ONLINE_RETAIL, northwind, online_retail, sold

HEADER = ONLINE_RETAIL.replace(" ", ",")


def written(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "sales.csv"
    path.write_text("".join(f"{line}\n" for line in (header, *lines)), encoding="utf-8")
    return path


def row(
    invoice: str = "600001",
    *,
    sku: str = "A1",
    quantity: str = "1",
    moment: str = "2010-12-01 08:26:00",
    price: str = "2.55",
    customer: str = "17850",
) -> str:
    return f"{invoice},{sku},SOFA,{quantity},{moment},{price},{customer},United Kingdom"


def test_files_that_were_put_behind_each_other_keep_one_header(
    replay: Replay, tmp_path: Path
) -> None:
    summary = replay(written(tmp_path, row("600001"), HEADER, row("600002")))
    assert (summary["placed"], summary["placed_amount"]) == (2, 510)


def test_rows_with_nothing_in_them_are_passed_over(replay: Replay, tmp_path: Path) -> None:
    summary = replay(written(tmp_path, row(), ",,,,,,,", " , ,,,,,, ", ",,,"))
    assert summary["placed"] == 1


def test_a_file_of_nothing_but_empty_rows_has_no_row(replay: Replay, tmp_path: Path) -> None:
    assert "a header and no row" in replay.refused(written(tmp_path, ",,,,,,,"))


def test_numbers_that_a_program_wrote_with_a_fraction_of_nothing_are_whole(
    replay: Replay, tmp_path: Path
) -> None:
    replay(written(tmp_path, row(quantity="6.0", customer="17850.0")))
    order = Order.objects.get()
    assert (order.customer.reference, order.amount) == ("online-retail:17850", 6 * 255)


def test_a_customer_is_one_whether_written_with_a_fraction_or_not(
    replay: Replay, tmp_path: Path
) -> None:
    rows = [row("600001"), row("600002", customer="17850.0"), row("C600003", quantity="-1")]
    summary = replay(written(tmp_path, *rows))
    assert Customer.objects.count() == 1
    assert summary["cancelled"] == {"cancelled_by_customer": 1}
    assert Order.objects.get(reference="online-retail:600002").status == "cancelled"


def test_times_with_a_zone_and_without_are_told_apart(replay: Replay, tmp_path: Path) -> None:
    replay(
        written(
            tmp_path,
            row("600001", moment="2010-12-01 23:30:00-05:00"),
            row("600002", moment="2010-12-01T23:30:00"),
        )
    )
    placed = Order.objects.order_by("reference").values_list("placed_at", flat=True)
    assert list(placed) == [
        datetime(2010, 12, 2, 4, 30, tzinfo=UTC),
        datetime(2010, 12, 1, 23, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (
            row(moment="01/02/2011 08:26"),
            "InvoiceDate is '01/02/2011 08:26': it wants a time like 2011-11-14 08:10:00, since",
        ),
        (row(price="£2.55"), "UnitPrice is '£2.55': it wants a number like 1.65"),
        (row(price='"2,55"'), "UnitPrice is '2,55': it wants a number like 1.65"),
        (row(sku="5.01235E+12"), "StockCode is '5.01235E+12', which was a code before"),
        (row(sku='"5,01235E+12"'), "StockCode is '5,01235E+12', which was a code before"),
        (row(sku="1E+05"), "StockCode is '1E+05', which was a code before"),
        (row(sku="85123.0"), "StockCode is '85123.0', which was a code before"),
        (row(invoice="6E+05"), "InvoiceNo is '6E+05', which was a code before"),
        (row(customer="1.8E+04"), "CustomerID is '1.8E+04', which was a code before"),
    ],
)
def test_what_can_be_meant_in_two_ways_is_refused_in_one_line(
    replay: Replay, tmp_path: Path, line: str, complaint: str
) -> None:
    said = replay.refused(written(tmp_path, row("600000"), line))
    assert f"line 3: {complaint}" in said
    assert not Product.objects.exists()


def test_a_code_that_only_looks_like_a_number_is_a_code(replay: Replay, tmp_path: Path) -> None:
    replay(written(tmp_path, *(row(sku=sku) for sku in ("15E05", "84406B", "1E5", "007"))))
    assert set(Product.objects.values_list("sku", flat=True)) == {"15E05", "84406B", "1E5", "007"}


def test_semicolons_are_named(replay: Replay, tmp_path: Path) -> None:
    path = written(tmp_path, "536365;85123A;HERZ", header=HEADER.replace(",", ";"))
    assert "check that commas separate the columns" in replay.refused(path)


def test_goods_that_a_spreadsheet_has_rounded_in_northwind(replay: Replay, tmp_path: Path) -> None:
    shop = northwind(tmp_path, products=["5.01235E+12,Chai,box,18.00,USD,39"])
    assert "sku is '5.01235E+12', which was a code before" in replay.refused(shop)


def test_the_second_half_of_an_invoice_in_another_file_is_not_lost_in_silence(
    replay: Replay, tmp_path: Path
) -> None:
    replay(online_retail(tmp_path, [sold("1", "A", 2), sold("2", "A", 1)], "monday.csv"))
    rest = online_retail(tmp_path, [sold("2", "B", 5), sold("3", "A", 1)], "tuesday.csv")
    said = replay.refused(rest)
    assert said.startswith("online-retail:2: entered before, from other rows")
    assert not Product.objects.filter(sku="B").exists()
    assert Order.objects.count() == 2


@pytest.mark.parametrize(
    "other",
    [
        sold("1", "A", 3),
        sold("1", "A", 2, "1.01"),
        sold("1", "B", 2),
        sold("1", "A", 2, customer="18211"),
    ],
    ids=["units", "price", "goods", "customer"],
)
def test_a_known_reference_with_other_content_is_reported(
    replay: Replay, tmp_path: Path, other: list[str | int]
) -> None:
    replay(online_retail(tmp_path, [sold("1", "A", 2)]))
    assert "online-retail:1: entered before" in replay.refused(online_retail(tmp_path, [other]))


def test_a_file_is_replayed_again_whose_customer_was_erased(replay: Replay, tmp_path: Path) -> None:
    path = online_retail(tmp_path, [sold("1", "A", 2)])
    replay(path)
    erase_customer(customer_id=Customer.objects.get().pk, reason="asked for it", actor="grace")
    again = replay(path)
    assert (again["placed"], again["placed_now"]) == (1, 0)


def test_so_is_the_second_half_of_a_return_or_of_a_loss(replay: Replay, tmp_path: Path) -> None:
    sales = [sold("1", "A", 9), sold("2", "B", 9)]
    lost = [sold("3", "A", -1, "0.0", customer="", name="damaged")]
    replay(online_retail(tmp_path, [*sales, sold("C4", "A", -1), *lost]))
    assert OrderReturn.objects.count() == 1
    more = online_retail(tmp_path, [*sales, sold("C4", "A", -2)])
    assert "online-retail:C4:1: entered before" in replay.refused(more)
    more = online_retail(tmp_path, [*sales, sold("3", "B", -1, "0.0", customer="", name="broken")])
    assert "online-retail:3:1: entered before" in replay.refused(more)


def test_two_names_under_one_code_are_reported(
    replay: Replay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offer("B", 100, "GBP", name="A BOWL")
    rows = [
        sold("1", "A", 1, name="RED MUG"),
        sold("2", "A", 1, name="BLUE TEAPOT"),
        sold("3", "A", 1, name="RED MUG"),
        sold("4", "B", 1, name="A DISH"),
        sold("5", "C", 1, name="A CUP"),
    ]
    replay(online_retail(tmp_path, rows))
    said = capsys.readouterr().err
    assert "A is 'RED MUG' and 'BLUE TEAPOT': one product?" in said
    assert "B is 'A DISH' and 'A BOWL': one product?" in said
    assert "C is" not in said
