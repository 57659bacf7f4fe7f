"""The way of an operator through the admin, in a real browser and under the real policy."""

import shutil
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from pytest_django.live_server_helper import LiveServer

from tests.admin.conftest import Outcomes

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium")
PASSWORD = "what the operator knows"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt install chromium")


@pytest.fixture
def page(live_server: LiveServer) -> Iterator[Page]:
    """Open a browser with an operator before it, who has not logged in yet."""
    User.objects.create_superuser("operator", password=PASSWORD)
    with sync_playwright() as program:
        # Chromium's own sandbox needs rights that containers do not give.
        browser = program.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(base_url=live_server.url)
        page.set_default_timeout(20_000)
        yield page
        browser.close()


def complaint(line: ConsoleMessage) -> list[str]:
    """Return what a browser complains of, such as a script that the policy forbids."""
    wanted = line.type == "error" and not line.location["url"].endswith("/favicon.ico")
    return [line.text] if wanted else []


def test_an_operator_reads_why_an_order_was_declined(outcomes: Outcomes, page: Page) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.extend(complaint(line)))
    page.goto("/admin/")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator("a[href='/admin/orders/order/']").first.click()
    page.get_by_role("link", name=str(outcomes.declined.id)).click()
    page.get_by_role("link", name="Saga", exact=True).click()
    expect(page.get_by_text("payment_declined").first).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="PaymentFailed").click()
    expect(page.get_by_text("insufficient_funds")).to_be_visible(timeout=20_000)
    assert page.get_by_role("button", name="Save").count() == 0
    assert complaints == []
