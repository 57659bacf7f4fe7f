"""An operator gives a refund and decides on another in a real browser."""

from tests.admin.conftest import Browser, Outcomes


def test_an_operator_gives_money_back_and_refuses_what_somebody_else_proposes(
    outcomes: Outcomes, browser: Browser
) -> None:
    order = outcomes.confirmed
    page = browser.page
    browser.log_in()
    page.goto(f"/admin/orders/order/{order.id}/change/")
    page.get_by_role("link", name="Refund…").click()
    browser.sees("25.00 GBP of it can go back")
    page.get_by_label("Amount").fill("1.50")
    page.get_by_label("Reason").fill("a scratch")
    page.get_by_role("button", name="Refund").click()
    browser.sees("1.50 GBP goes back.")
    page.locator("a[href='/admin/orders/refundproposal/']").first.click()
    page.get_by_role("row").filter(has_text="open").get_by_role("link", name="1.00 GBP").click()
    page.get_by_role("link", name="Refuse…").click()
    browser.sees("Nothing goes back")
    page.get_by_label("Reason").fill("it has its money")
    page.get_by_role("button", name="Refuse").click()
    browser.sees("refused")
    page.goto("/admin/outbox/operatoract/")
    browser.sees("a scratch")
    browser.sees("it has its money")
    assert browser.complaints == []
