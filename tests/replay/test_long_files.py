"""A long file takes no more memory than a short one, and is read completely."""

import tracemalloc
from pathlib import Path

import pytest

from config.demo.replay.books import Books, Sale
from config.demo.replay.layouts import read_books
from config.demo.replay.stored import AT_ONCE, Stored
from orders.pricing import NewLine
from tests.replay.files import Cell, online_retail, sold

LINES = 20


def rows(sales: int) -> list[list[Cell]]:
    return [
        sold(str(500_000 + number), f"SKU-{line}", 1 + number % 7)
        for number in range(sales)
        for line in range(LINES)
    ]


def read(path: Path) -> tuple[Books, int]:
    """Read a file; return its books, and the most memory that Python took for them, in bytes."""
    tracemalloc.start()
    try:
        books = read_books(path)
        assert {len(sale.lines) for sale in books.sales} == {LINES}
        return books, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_reading_a_file_ten_times_as_long_takes_no_more_memory(tmp_path: Path) -> None:
    peaks = {}
    for sales in (2 * AT_ONCE, 20 * AT_ONCE):
        books, peaks[sales] = read(online_retail(tmp_path, rows(sales), name=f"{sales}.csv"))
        assert len(books.sales) == sales
    assert peaks[20 * AT_ONCE] < 1.2 * peaks[2 * AT_ONCE]


def sale(number: int) -> Sale:
    return Sale(f"shop:{number}", "shop:ada", [NewLine("MUG", number + 1, 100)], None)


@pytest.fixture
def stored() -> Stored[Sale]:
    sales = Stored(Sale)
    for number in range(3 * AT_ONCE + 1):
        sales.append(sale(number))
    return sales


def test_what_was_stored_comes_back_in_its_order(stored: Stored[Sale]) -> None:
    kept = [sale(number) for number in range(3 * AT_ONCE + 1)]
    assert list(stored) == kept
    assert [stored[0], stored[-1]] == [kept[0], kept[-1]]
    with pytest.raises(IndexError):
        stored[len(kept)]


@pytest.mark.parametrize(
    "part",
    [slice(5), slice(AT_ONCE - 1, 2 * AT_ONCE + 1), slice(-3, None), slice(9, 2), slice(10**6)],
)
def test_a_slice_is_that_of_a_list(stored: Stored[Sale], part: slice) -> None:
    kept = [sale(number) for number in range(3 * AT_ONCE + 1)]
    assert list(stored[part]) == kept[part]
    assert len(stored[part]) == len(kept[part])
    assert list(stored[part][1:3]) == kept[part][1:3]
