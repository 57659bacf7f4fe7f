"""docs/flows.md: pictures from the code, and counts of orders that go their ways."""

import os

from pytest_django import Settings

from orders.events import CHOREOGRAPHED
from orders.flows import CHARGE_FIRST, RESERVE_FIRST
from testkit.shop import Shop
from tests.flows.measuring import WAYS, cost, files_of, play
from tests.flows.page import PAGE, WRITE, page

FLOWS = (CHARGE_FIRST, RESERVE_FIRST, CHOREOGRAPHED)
TO_READ = ("confirmed", "card declined", "out of stock")


def test_the_page_says_what_was_measured(audited: Shop, settings: Settings) -> None:
    audited.receive("MUG", 100)
    costs = {(way, flow): cost(audited, flow, way, settings) for way in WAYS for flow in FLOWS}
    files = {
        flow: files_of(flow, [play(audited, flow, way).id for way in TO_READ]) for flow in FLOWS
    }
    measured = page(costs, files)
    if os.environ.get("WRITE_FLOWS"):
        PAGE.write_text(measured)
    assert PAGE.read_text() == measured, f"run {WRITE}"
