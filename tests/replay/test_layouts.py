"""A further layout is one function."""

from pathlib import Path

import pytest

from config.demo.replay import layouts
from config.demo.replay.books import Article, Books, Buyer, Sale
from config.demo.replay.columns import InputRefused
from config.demo.replay.layouts import ONE_FILE, Tables, layout, read_books
from orders.pricing import NewLine
from tests.replay.conftest import Replay


def read_receipts(tables: Tables) -> Books:
    """Read receipts of one line each."""
    rows = list(tables[ONE_FILE])
    sales = [
        Sale(
            row.text("receipt", longest=40), "till", [NewLine("A", row.whole("pieces"), 100)], None
        )
        for row in rows
    ]
    return Books(
        layout="receipts",
        currency="EUR",
        articles=[Article("A", "Anything", 100)],
        buyers=[Buyer("till", "Walk-in", "")],
        sales=sales,
    )


@pytest.fixture
def receipts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Register the layout and write a file of it."""
    monkeypatch.setattr(layouts, "layouts", dict(layouts.layouts))
    layout("receipts", {ONE_FILE: ["receipt", "pieces"]})(read_receipts)
    path = tmp_path / "receipts.csv"
    path.write_text("receipt,pieces,note\nR1,2,\nR2,1,gift\n")
    return path


def test_a_registered_layout_is_found_out_from_the_header(replay: Replay, receipts: Path) -> None:
    summary = replay(receipts)
    assert (summary["placed"], summary["confirmed"], summary["captured"]) == (2, 2, 300)


def test_an_unknown_header_names_what_the_closest_layout_misses(
    receipts: Path, tmp_path: Path
) -> None:
    path = tmp_path / "other.csv"
    path.write_text(receipts.read_text().replace("pieces", "amount"))
    with pytest.raises(InputRefused, match="missing column pieces"):
        read_books(path)
