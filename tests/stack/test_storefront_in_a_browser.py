"""A person buys tea in the demo's storefront: pays with each card, follows it, returns a part."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from orders.services import issue_voucher
from testkit.book import empty_book
from tests.admin.conftest import CHROMIUM
from tests.api.conftest import BUFFERING, UNTHROTTLED
from tests.faults.processes import SECONDS_TO_START, running, serves, wait_until, worker
from tests.ports import HOST, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "what the operator knows"
SECONDS = 30_000
"""Milliseconds in which a page shows what is expected: workers may have to start."""

VARIABLES = {
    **UNTHROTTLED,
    "DJANGO_SETTINGS_MODULE": "config.demo.storefront.settings",
    "DEMO_MAILS_PAGE": "http://127.0.0.1:8421/",
}


@dataclass
class Buyer:
    """Somebody before the page.

    :ivar complaints: what the browser complains of, such as a script that the policy forbids.
    """

    page: "Page"
    complaints: list[str] = field(default_factory=list)

    def open_shop(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto("/shop/")
        self.page.get_by_label("Units of Assam").wait_for(timeout=SECONDS)

    def buy(self, *, card: str, **units: int) -> None:
        """Choose goods by how their names begin, and a card; pay."""
        for name, number in units.items():
            self.page.get_by_label(f"Units of {name}").fill(str(number))
        self.page.get_by_label(card).check()
        self.page.get_by_role("button", name="Buy", exact=True).click()

    def order_leaves(self) -> None:
        """Ship the order that the page shows in the admin, as a member of the staff."""
        self.page.get_by_role("link", name="Ship it in the admin").click()
        self.page.get_by_label("Username").fill("operator")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()
        self.page.get_by_role("link", name="Send…").click()
        self.page.get_by_label("Carrier").fill("Royal Mail")
        self.page.get_by_label("Tracking").fill("QM123456785GB")
        self.page.get_by_label("Reason").fill("it is paid")
        self.page.get_by_role("button", name="Send", exact=True).click()
        self.page.get_by_text("On its way").first.wait_for()

    def goods_come_back(self) -> None:
        """Receive the return that is expected, as the same member of the staff."""
        self.page.goto("/admin/orders/orderreturn/")
        self.page.locator("#result_list tbody a").first.click()
        self.page.get_by_role("link", name="Receive…").first.click()
        self.page.get_by_label("Reason").fill("unopened")
        self.page.get_by_role("button", name="Receive", exact=True).click()
        self.page.get_by_text("It is received").first.wait_for()

    def sees(self, status: str, *texts: str) -> None:
        """Wait until the order has a status, and the page says these texts."""
        self.page.locator("#status", has_text=status).wait_for(timeout=SECONDS)
        for text in texts:
            self.page.locator("#order").get_by_text(text).first.wait_for(timeout=SECONDS)


@pytest.fixture
def buyer(transactional_db: None, tmp_path: Path) -> Iterator[Buyer]:  # noqa: ARG001 - the tables
    """Open the demo's shop, with workers, and a browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium: apt install chromium")
    empty_book()
    call_command("load_catalogue")
    User.objects.create_superuser("operator", password=PASSWORD)
    spring = {"code": "SPRING", "percent": 10, "valid_from": timezone.now()}
    issue_voucher(values=spring, reason="the spring sale", actor="operator")
    port, log = free_port(), tmp_path / "web.log"
    words = ("gunicorn", "config.wsgi", f"--bind={HOST}:{port}", "--threads=8", BUFFERING)
    with (
        running(log, *words, "--no-control-socket", variables=VARIABLES),
        worker(tmp_path / "worker.log", VARIABLES),
        playwright.sync_playwright() as program,
    ):
        wait_until(lambda: serves(port), log=log, seconds=SECONDS_TO_START)
        # Chromium's own sandbox needs rights that containers do not give.
        chromium = program.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_page(base_url=f"http://{HOST}:{port}")
        page.set_default_timeout(SECONDS)
        yield Buyer(page)
        chromium.close()


def test_a_person_pays_with_each_card_and_gives_a_part_back(buyer: Buyer) -> None:
    buyer.open_shop()

    buyer.buy(Assam=1, card="without funds")
    buyer.sees("cancelled", "payment declined")

    buyer.buy(Yixing=3, card="A good card")
    buyer.sees("cancelled", "out of stock")

    buyer.buy(Rooibos=1, card="3-D Secure")
    buyer.sees("pending", "awaiting customer")
    buyer.page.get_by_role("link", name="Confirm with your bank").click()
    buyer.page.get_by_role("button", name="Refuse it").click()
    buyer.sees("cancelled")

    buyer.buy(Rooibos=1, card="3-D Secure")
    buyer.page.get_by_role("link", name="Confirm with your bank").click()
    buyer.page.get_by_role("button", name="Confirm the payment").click()
    buyer.sees("confirmed", "paid")

    buyer.buy(Assam=2, Sencha=1, card="slow bank")
    buyer.sees("confirmed", "€27.70", "paid", "reserved")

    bought = buyer.page.url
    buyer.order_leaves()
    buyer.page.goto(bought)
    buyer.sees("fulfilled", "Royal Mail, QM123456785GB")

    buyer.page.get_by_label("Return Assam").fill("1")
    buyer.page.get_by_role("button", name="Return", exact=True).click()
    buyer.sees("fulfilled", "€8.90, expected")
    buyer.goods_come_back()
    buyer.page.goto(bought)
    buyer.sees("fulfilled", "€8.90, given back", "partly refunded")

    buyer.page.reload()
    buyer.sees("fulfilled", "€8.90, given back")
    assert buyer.page.locator("#orders li").count() == 5

    buyer.page.get_by_label("Voucher").fill("NOSUCH")
    buyer.page.get_by_label("Units of Assam").fill("1")
    buyer.page.locator("#problem", has_text="NOSUCH").wait_for(timeout=SECONDS)
    buyer.page.get_by_label("Voucher").fill("SPRING")
    buyer.page.get_by_label("Units of Assam").fill("2")
    buyer.page.locator("#adjustments", has_text="SPRING: -€1.78").wait_for(timeout=SECONDS)
    buyer.page.locator("#total", has_text="€16.02").wait_for(timeout=SECONDS)
    buyer.buy(card="A good card")
    buyer.sees("confirmed", "€16.02")
    mails = buyer.page.get_by_role("link", name="Mails").get_attribute("href")
    assert mails == VARIABLES["DEMO_MAILS_PAGE"]
    assert buyer.complaints == []
