"""The first page in a real browser: charts are drawn, and it renews itself while it is seen."""

import pytest

from tests.admin.conftest import Browser

pytestmark = pytest.mark.usefixtures("outcomes")


def test_charts_are_drawn_and_the_page_renews_itself(browser: Browser) -> None:
    page = browser.page
    browser.log_in()
    browser.sees("Somebody has to act.")
    page.locator("canvas[role=img]").first.wait_for()
    drawn = "Object.keys(Chart.instances).length"
    assert page.evaluate(drawn) == 4
    assert (
        "orders per minute: placed"
        in str(page.locator("canvas").first.get_attribute("aria-label")).lower()
    )
    page.get_by_label("Time shown").get_by_text("Last 24 hours").click()
    page.wait_for_url("**/?span=day")
    page.evaluate("document.querySelector('.console-verdict').textContent = 'old'")
    with page.expect_response("**/admin/live/?span=day"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    browser.sees("Somebody has to act.")
    assert page.evaluate(drawn) == 4
    assert browser.complaints == []


def test_a_hidden_page_asks_for_nothing(browser: Browser) -> None:
    page = browser.page
    browser.log_in()
    browser.sees("Somebody has to act.")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(300)
    assert [url for url in asked if "/live/" in url] == []


def test_the_page_fits_a_phone(browser: Browser) -> None:
    browser.page.set_viewport_size({"width": 390, "height": 800})
    browser.log_in()
    browser.sees("Somebody has to act.")
    assert browser.page.evaluate("document.documentElement.scrollWidth") <= 390
