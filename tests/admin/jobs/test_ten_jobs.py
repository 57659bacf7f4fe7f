"""What operators do all day, each in a real browser and from the first page on."""

import re
from collections.abc import Callable

import pytest
from pytest_django import Settings

from orders.models import Customer, Order, RefundProposal
from outbox.operations.redrives import advance_redrives
from testkit.delivering import settle
from testkit.shop import Shop
from tests.admin.conftest import Browser, Outcomes
from tests.admin.jobs.conftest import EMAIL, order_without_an_answer
from tests.threads import at_once


@pytest.fixture(autouse=True)
def _on_a_desktop(operator: Browser) -> None:
    operator.page.set_viewport_size({"width": 1440, "height": 900})
    operator.complaints.clear()


def open_order(browser: Browser, order: Order) -> None:
    """Type an order's number into the search of the top bar: its page opens."""
    browser.page.keyboard.press("/")
    browser.page.keyboard.type(order.number)
    browser.page.keyboard.press("Enter")
    browser.sees("What can be done now")


def confirm(browser: Browser, button: str, **fields: str) -> None:
    for label, value in fields.items():
        browser.page.get_by_label(label.capitalize()).fill(value)
    browser.page.get_by_role("button", name=button).click()


def act(browser: Browser, name: str) -> None:
    browser.page.get_by_role("link", name=f"{name}…").first.click()


def work(*steps: Callable[[], None]) -> None:
    """Let workers work, in a thread beside playwright's event loop."""

    def take(_: int) -> None:
        for step in steps:
            step()

    at_once(1, take)


def confirmed_order(customer: Customer) -> Order:
    """Place an order of its own for a test that changes it: tests come in any order."""
    order = Shop(customer).order()
    work(settle)
    return order


def test_find_an_order_by_its_customers_address(operator: Browser, world: Outcomes) -> None:
    page = operator.page
    page.goto("/admin/")
    page.get_by_role("searchbox").fill(EMAIL.upper())
    page.keyboard.press("Enter")
    operator.sees("Order of a customer")
    page.get_by_role("link", name=re.compile(world.confirmed.number)).first.click()
    operator.sees("25.00 GBP captured")
    assert operator.complaints == []


def test_read_why_an_order_has_failed(operator: Browser, world: Outcomes) -> None:
    open_order(operator, world.declined)
    operator.sees("insufficient_funds")
    operator.page.get_by_text("Timeline:").click()
    operator.sees("PaymentFailed")
    assert operator.complaints == []


def test_retry_a_saga_whose_charge_has_no_answer(operator: Browser, world: Outcomes) -> None:
    open_order(operator, order_without_an_answer(world.confirmed.customer))
    act(operator, "Retry its saga")
    operator.sees("It would")
    confirm(operator, "Retry", reason="the bank is back")
    operator.sees("The saga is")
    assert operator.complaints == []


def test_redrive_all_of_one_error_in_a_ramp_and_watch_it(operator: Browser) -> None:
    page = operator.page
    page.goto("/admin/errors/")
    page.locator("a[href^='/admin/errors/']:visible").filter(has_text=" at ").first.click()
    operator.sees("which hold up 1 orders")
    act(operator, "Redrive")
    operator.sees("The next ramp begins when all of the last one have been tried.")
    confirm(operator, "Begin", reason="try it in ramps")
    operator.sees("Running: 0 of 1 tried")
    work(advance_redrives, settle, advance_redrives)
    operator.sees("too many failed again: 1 of 1 tried")
    page.goto("/admin/outbox/redrive/")
    operator.sees("try it in ramps")
    assert operator.complaints == []


def test_a_second_person_approves_a_refund(
    operator: Browser, second: Browser, world: Outcomes, settings: Settings
) -> None:
    settings.REFUND_APPROVAL_ABOVE = 100
    RefundProposal.objects.filter(decided_at=None).delete()
    open_order(operator, world.confirmed)
    act(operator, "Refund")
    confirm(operator, "Refund", amount="1.50", reason="a scratch")
    operator.sees("1.50 GBP proposed: a second person has to approve it.")
    open_order(second, world.confirmed)
    act(second, "Approve or refuse")
    act(second, "Approve")
    second.sees("Proposed by operator: a scratch")
    confirm(second, "Approve", reason="the picture shows it")
    second.sees("approved")
    assert operator.complaints == second.complaints == []


def test_ship_an_order(operator: Browser, world: Outcomes) -> None:
    open_order(operator, confirmed_order(world.confirmed.customer))
    act(operator, "Send")
    operator.sees("These goods leave stock")
    confirm(operator, "Send", carrier="Parcels", tracking="T1", reason="packed")
    operator.sees("On its way:")
    assert operator.complaints == []


def test_cancel_an_order(operator: Browser, world: Outcomes) -> None:
    open_order(operator, confirmed_order(world.confirmed.customer))
    act(operator, "Cancel")
    operator.sees("goes back to the customer")
    confirm(operator, "Cancel the order", reason="asked for by telephone")
    operator.sees("is being cancelled.")
    assert operator.complaints == []


def test_receive_goods(operator: Browser) -> None:
    operator.page.goto("/admin/inventory/stockitem/BOWL/change/")
    act(operator, "Receive")
    confirm(operator, "Receive", units="7", reason="a delivery")
    operator.sees("on hand.")
    assert operator.complaints == []


def test_see_yesterdays_dip(operator: Browser) -> None:
    page = operator.page
    page.goto("/admin/")
    page.get_by_label("Time shown").get_by_text("Last 24 hours").click()
    page.wait_for_url("**/?span=day")
    operator.sees("The 24 hours before")
    shown = page.locator("canvas").first.get_attribute("aria-label") or ""
    assert "placed, a day before" in shown
    assert page.evaluate("Object.keys(Chart.instances).length") == 4
    assert operator.complaints == []


def test_find_who_did_what(operator: Browser) -> None:
    operator.page.goto("/admin/outbox/operatoract/?verb=look")
    operator.sees("grace")
    operator.page.get_by_role("row").filter(has_text="grace").get_by_role("link").first.click()
    operator.sees("an example")
    assert operator.complaints == []
