"""One shop and one browser for all tests of a module."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.test import override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from orders.models import Customer, Order
from outbox.delivery import claims
from outbox.models import WebhookEndpoint
from outbox.webhooks import registered
from testkit.book import empty_book
from testkit.delivering import settle_all_but
from testkit.emptying import empty_tables
from testkit.shop import Shop
from tests.admin.conftest import CHROMIUM, PASSWORD, Browser, Outcomes, outcomes_of_a_day
from tests.sagas.own import only_own_saga

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium

EMAIL = "ada@lovelace.example"


def order_without_an_answer(customer: Customer) -> Order:
    """Place an order whose charge the gateway has not answered."""
    with override_settings(OUTBOX_FOLLOW_UP=False):
        order = Shop(customer).order()
        settle_all_but("gateway")
    return order


@pytest.fixture(scope="module")
def world(
    django_db_setup: None,  # noqa: ARG001 - creates the database
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Outcomes]:
    with django_db_blocker.unblock(), only_own_saga(), pytest.MonkeyPatch.context() as patch:
        # As in every test, but those patches come later.
        patch.setattr(claims, "UNTIL_AT_REST", 0.0)
        empty_book()
        outcomes = outcomes_of_a_day()
        # Nothing answers at their addresses.
        WebhookEndpoint.objects.update(removed_at=timezone.now())
        registered.forget()
        customer = outcomes.confirmed.customer
        customer.email = EMAIL
        customer.save()
        for name in ("operator", "second"):
            User.objects.create_superuser(name, password=PASSWORD)
        yield outcomes
        empty_tables()


@pytest.fixture
def transactional_db(
    django_db_setup: None,  # noqa: ARG001 - creates the database
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Keep the tables as they are: all tests look at one world."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def chromium(world: Outcomes) -> Iterator["Chromium"]:  # noqa: ARG001 - made before the browser
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium: apt install chromium")
    with pytest.MonkeyPatch.context() as patch:
        # Playwright runs an event loop in this thread, and the tests use the database beside it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with playwright.sync_playwright() as program:
            # Chromium's own sandbox needs rights that containers do not give.
            launched = program.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            yield launched
            launched.close()


def logged_in(chromium: "Chromium", live_server: LiveServer, name: str) -> Browser:
    page = chromium.new_page(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    page.set_default_timeout(20_000)
    opened = Browser(page)
    opened.log_in(name)
    return opened


@pytest.fixture(scope="module")
def operator(chromium: "Chromium", live_server: LiveServer) -> Browser:
    """Log an operator in, once for all tests."""
    return logged_in(chromium, live_server, "operator")


@pytest.fixture
def second(chromium: "Chromium", live_server: LiveServer) -> Browser:
    """Log a second person in, in a window of their own."""
    return logged_in(chromium, live_server, "second")
