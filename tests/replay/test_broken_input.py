"""Bad input is refused in one line, with exit status 2, before anything is written."""

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from inventory.models import StockItem, StockMovement
from orders.models import Customer, Order, Product
from tests.replay.conftest import Replay
from tests.replay.files import ONLINE_RETAIL, northwind, online_retail, sold


@pytest.fixture(autouse=True)
def nothing_is_written(replay: Replay) -> Iterator[None]:  # noqa: ARG001 - the database
    """Check after the refusal that no table was written to."""
    yield
    for model in (Product, Customer, Order, StockItem, StockMovement):
        assert not model.objects.exists(), model


BROKEN_ROWS = [
    (sold("2", "A", "six"), "line 3: Quantity is 'six': it wants a whole number"),
    (sold("2", "A", "1.5"), "line 3: Quantity is '1.5'"),
    (sold("2", "A", 10**9), "line 3: Quantity is '1000000000'"),
    (sold("2", "A", 1, "cheap"), "line 3: UnitPrice is 'cheap': it wants a number"),
    (sold("2", "A", 1, "NaN"), "line 3: UnitPrice is 'NaN'"),
    (sold("2", "A", 1, "-1.00"), "line 3: UnitPrice is negative"),
    (sold("2", "A", -1), "line 3: a sale has no negative Quantity"),
    (sold("C2", "A", 1), "line 3: C2 takes back: its Quantity has to be negative"),
    (sold("", "A", 1), "line 3: InvoiceNo is '': it wants a text"),
    (sold("2", "", 1), "line 3: StockCode is ''"),
    (sold("2", "A" * 41, 1), "it wants 40 characters at the most"),
    (sold("2", "A\0", 1), "line 3: no text in UTF-8"),
    (sold("1", "A", 1, customer="18211"), "line 3: invoice 1 has rows of two customers"),
    (["2", "A", "A THING", 1, "yesterday", "1.00", "17850", "EIRE"], "line 3: InvoiceDate"),
    (["2", "A", "A THING", 1], "line 3: it has 4 fields where the header has 8"),
]


@pytest.mark.parametrize(("row", "complaint"), BROKEN_ROWS, ids=[c for _, c in BROKEN_ROWS])
def test_a_row_that_no_shop_could_mean(
    replay: Replay, tmp_path: Path, row: Sequence[str | int], complaint: str
) -> None:
    path = online_retail(tmp_path, [sold("1", "A", 1), row])
    assert complaint in replay.refused(path)


BROKEN_FILES = {
    "nothing in it": (b"", "is empty"),
    "a header alone": (f"{ONLINE_RETAIL.replace(' ', ',')}\n".encode(), "a header and no row"),
    "a missing column": (b"InvoiceNo,StockCode\n1,A\n", "missing columns Description, Quantity"),
    "a column twice": (
        f"{ONLINE_RETAIL.replace(' ', ',')},Quantity\n".encode(),
        "two columns are called Quantity",
    ),
    "no text": (b"\x89PNG\r\n\x1a\n\0\0\0", "save it as CSV in UTF-8"),
    "another encoding": ("InvoiceNo,Straße\n".encode("latin-1"), "save it as CSV in UTF-8"),
    "an open quote": (b'InvoiceNo,"StockCode\n1,A\n', "no CSV"),
    "half a gzip file": (
        gzip.compress(f"{ONLINE_RETAIL.replace(' ', ',')}\n".encode())[:-12],
        "no whole gzip file",
    ),
}


@pytest.mark.parametrize("kind", BROKEN_FILES)
@pytest.mark.parametrize("layout", [{}, {"layout": "online-retail"}], ids=["", "named"])
def test_a_file_that_is_no_such_table(
    replay: Replay, tmp_path: Path, kind: str, layout: dict[str, str]
) -> None:
    content, complaint = BROKEN_FILES[kind]
    path = tmp_path / "week.csv"
    path.write_bytes(content)
    assert complaint in replay.refused(path, **layout)


def test_a_name_that_claims_gzip(replay: Replay, tmp_path: Path) -> None:
    path = tmp_path / "week.csv.gz"
    path.write_text("InvoiceNo\n")
    assert "no whole gzip file" in replay.refused(path)


def test_a_path_that_leads_nowhere(replay: Replay, tmp_path: Path) -> None:
    assert "does not exist" in replay.refused(tmp_path / "absent.csv")


def test_a_folder_without_the_files(replay: Replay, tmp_path: Path) -> None:
    assert "northwind wants customers.csv, products.csv" in replay.refused(tmp_path)
    assert "misses customers.csv" in replay.refused(tmp_path, layout="northwind")
    assert "wants one CSV file" in replay.refused(tmp_path, layout="online-retail")


def test_a_file_where_a_folder_is_wanted(replay: Replay, tmp_path: Path) -> None:
    path = online_retail(tmp_path, [sold("1", "A", 1)])
    assert "wants a folder with customers.csv" in replay.refused(path, layout="northwind")


def test_one_file_of_a_folder(replay: Replay, tmp_path: Path) -> None:
    assert "give its folder" in replay.refused(northwind(tmp_path) / "orders.csv")


BROKEN_TABLES: dict[str, tuple[dict[str, list[str]], str]] = {
    "currency": ({"products": ["NW-001,Chai,box,18.00,XXX,39"]}, "'XXX' is no currency"),
    "two currencies": (
        {"products": ["NW-001,Chai,box,18.00,USD,39", "NW-002,Chang,box,1.00,EUR,1"]},
        "products.csv, line 3: EUR after USD",
    ),
    "stock": ({"products": ["NW-001,Chai,box,18.00,USD,-1"]}, "units_in_stock is negative"),
    "product": ({"order_lines": ["10248,NW-9,1,1.00,0"]}, "NW-9 is not in products.csv"),
    "order": ({"order_lines": ["9,NW-001,1,1.00,0"]}, "order 9 is not in orders.csv"),
    "customer": ({"orders": ["10248,NONE,1996-07-04,1"]}, "customer NONE is not in customers.csv"),
    "order twice": (
        {"orders": ["10248,ALFKI,1996-07-04,1"] * 2},
        "orders.csv, line 3: order_id 10248 is there twice",
    ),
    "quantity": ({"order_lines": ["10248,NW-001,-1,1.00,0"]}, "no negative quantity or price"),
    "discount": ({"order_lines": ["10248,NW-001,1,1.00,15"]}, "a fraction from 0 to 1"),
    "no rows": ({"customers": []}, "customers.csv has a header and no row"),
}


@pytest.mark.parametrize("kind", BROKEN_TABLES)
def test_tables_that_do_not_fit_together(replay: Replay, tmp_path: Path, kind: str) -> None:
    tables, complaint = BROKEN_TABLES[kind]
    if "order_lines" not in tables:
        tables = {**tables, "order_lines": ["10248,NW-001,1,1.00,0"]}
    assert complaint in replay.refused(northwind(tmp_path, **tables))


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("opening_stock", "some", "a decimal point (0.5)"),
        ("opening_stock", "-1", "a decimal point (0.5)"),
        ("opening_stock", "1e3", "a decimal point (0.5)"),
        ("limit", "0", "a whole number of 1 or more"),
        ("limit", "ten", "a whole number of 1 or more"),
        ("flow", "by_post", "use charge_first"),
        ("layout", "excel", "use northwind or online-retail"),
    ],
)
def test_an_option_that_means_nothing(
    replay: Replay, tmp_path: Path, option: str, value: str, complaint: str
) -> None:
    path = online_retail(tmp_path, [sold("1", "A", 1)])
    assert complaint in replay.refused(path, **{option: value})


def test_a_summary_that_has_no_folder_to_go_to(tmp_path: Path) -> None:
    path = online_retail(tmp_path, [sold("1", "A", 1)])
    nowhere = Replay(tmp_path / "absent")
    assert "a file in a folder that exists" in nowhere.refused(path)
