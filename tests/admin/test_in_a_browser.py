"""The way of an operator through the admin, in a real browser and under the real policy."""

from tests.admin.conftest import Browser, Outcomes


def test_an_operator_reads_why_an_order_was_declined(outcomes: Outcomes, browser: Browser) -> None:
    browser.log_in()
    browser.page.locator("a[href='/admin/orders/order/']").first.click()
    browser.page.get_by_role("link", name=outcomes.declined.number).click()
    browser.page.get_by_role("link", name="Saga", exact=True).click()
    browser.sees("payment_declined")
    browser.page.get_by_role("link", name="PaymentFailed").click()
    browser.sees("insufficient_funds")
    assert browser.page.get_by_role("button", name="Save").count() == 0
    assert browser.complaints == []
