"""Swagger UI, in a real browser and under the real policy, with nothing from elsewhere."""

from urllib.parse import urlsplit

from tests.admin.conftest import Browser


def test_the_documentation_lists_the_operations_and_asks_nobody_else(browser: Browser) -> None:
    browser.log_in()
    asked: list[str] = []
    failed: list[str] = []
    # playwright sets an attribute on what a handler is bound to, so it is bound to nothing.
    browser.page.on("request", lambda request: asked.append(request.url))
    browser.page.on("requestfailed", lambda request: failed.append(request.url))
    browser.page.goto("/api/docs/")
    browser.sees("Place an order")
    browser.page.locator("#operations-orders-orders_place button").first.click()
    browser.sees("Records a pending order and answers at once")
    assert browser.page.locator(".opblock").count() > 30
    here = urlsplit(browser.page.url).netloc
    assert {urlsplit(url).netloc for url in asked if url.startswith("http")} == {here}
    assert failed == []
    assert browser.complaints == []
