"""What an order costs, in statements: they do not creep up unnoticed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outbox.registry import subscribers
from testkit.delivering import settle
from testkit.shop import Shop

pytestmark = pytest.mark.usefixtures("own_saga")

TO_PLACE = 5
"""Price, begin, order with lines, messages, commit."""

TO_DELIVER = 60
"""From OrderPlaced to the final rows of six read models, with begin and commit of every turn."""

SUBSCRIBERS = 16
"""Those of whom ``TO_DELIVER`` was measured; a further one has statements of its own."""

OF_A_FURTHER_ONE = 6
"""Find what it is owed, claim, begin, read, write, commit."""


def statements(captured: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in captured.captured_queries]


@pytest.fixture
def warm(audited: Shop) -> Shop:
    """Return a shop in which everything has happened once."""
    audited.order()
    settle()
    return audited


def test_placing_takes_five_statements_whatever_the_number_of_lines(warm: Shop) -> None:
    warm.receive("JUG", 10)
    for lines in ({"MUG": 1}, {"MUG": 2, "JUG": 3}):
        with CaptureQueriesContext(connection) as captured:
            warm.order(lines)
        assert len(captured) == TO_PLACE, statements(captured)
    settle()


def test_many_orders_are_delivered_with_the_statements_of_one(warm: Shop) -> None:
    warm.receive("MUG", 100)
    counts = []
    for orders in (1, 20):
        for _ in range(orders):
            warm.order()
        with CaptureQueriesContext(connection) as captured:
            settle()
        counts.append(len(captured))
    further = max(0, len(subscribers) - SUBSCRIBERS)
    assert counts[0] <= TO_DELIVER + OF_A_FURTHER_ONE * further
    assert counts[1] <= 1.2 * counts[0]
