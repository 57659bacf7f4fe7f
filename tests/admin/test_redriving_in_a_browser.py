"""An operator redrives a dead letter in a real browser: link, page, reason, done."""

from tests.admin.conftest import Browser, Outcomes


def test_an_operator_redrives_a_dead_letter_and_says_why(
    outcomes: Outcomes, browser: Browser
) -> None:
    page = browser.page
    browser.log_in()
    page.locator("a[href='/admin/outbox/deadletter/']").first.click()
    page.get_by_role("row").filter(has_text=str(outcomes.stuck.id)).locator("a").first.click()
    page.get_by_role("link", name="Redrive…").click()
    browser.sees("Each is owed again at once")
    page.get_by_label("Reason").fill("the payload was mended")
    page.get_by_role("button", name="Redrive").click()
    browser.sees("Redrive: 1 dead letter.")
    page.goto("/admin/outbox/operatoract/")
    browser.sees("the payload was mended")
    assert browser.complaints == []
