"""An operator redrives all of one error in a ramp, in a real browser, and watches it."""

import pytest

from outbox.operations.redrives import advance_redrives
from testkit.delivering import settle
from tests.admin.conftest import Browser
from tests.threads import at_once

pytestmark = pytest.mark.usefixtures("outcomes")


def go_on(_: int) -> None:
    advance_redrives()
    settle()
    advance_redrives()


def test_an_operator_redrives_all_of_one_error_in_a_ramp_and_watches_it(
    browser: Browser,
) -> None:
    page = browser.page
    browser.log_in()
    page.locator("a[href='/admin/errors/']").first.click()
    page.locator("a[href^='/admin/errors/']:visible").filter(has_text=" at ").first.click()
    browser.sees("which hold up 1 orders")
    page.get_by_role("link", name="Redrive…").click()
    browser.sees("The next ramp begins when all of the last one have been tried.")
    page.get_by_label("Reason").fill("try it in ramps")
    page.get_by_role("button", name="Begin").click()
    browser.sees("Running: 0 of 1 tried")
    # Playwright runs an event loop in this thread, where Django refuses to use the database.
    at_once(1, go_on)
    browser.sees("too many failed again: 1 of 1 tried")
    page.goto("/admin/outbox/redrive/")
    browser.sees("try it in ramps")
    assert browser.complaints == []
