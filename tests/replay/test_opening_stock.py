"""The values of the option ``--opening-stock``."""

import pytest

from config.demo.replay.books import Article, Books, Buyer, Sale, WriteOff
from config.demo.replay.opening_stock import ENOUGH, read_opening_stock
from orders.pricing import NewLine

BOOKS = Books(
    layout="receipts",
    currency="EUR",
    articles=[
        Article("A", "Anything", 100),
        Article("B", "Other", 100),
        Article("POST", "Postage", 100, is_service=True),
    ],
    buyers=[Buyer("till", "Walk-in", "")],
    sales=[Sale("1", "till", [NewLine("A", 3), NewLine("A", 2), NewLine("POST", 1)], None)],
    write_offs=[WriteOff("2", "C", 4, "damaged", after=1)],
)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("unlimited", {"A": ENOUGH, "B": ENOUGH, "C": ENOUGH}),
        (None, {"A": ENOUGH, "B": ENOUGH, "C": ENOUGH}),
        ("1", {"A": 1, "B": 1, "C": 1}),
        ("1.0", {"A": 5, "B": 0, "C": 0}),
        ("0.5", {"A": 3, "B": 0, "C": 0}),
        ("0", {"A": 0, "B": 0, "C": 0}),
    ],
)
def test_units_or_a_share_of_the_demand_with_services_always_there(
    text: str | None, units: dict[str, int]
) -> None:
    assert read_opening_stock(text)(BOOKS) == {**units, "POST": ENOUGH}
