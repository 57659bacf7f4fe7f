"""A shop in which a bit of everything has happened, and an operator who looks at it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from config.access.tokens import issue_token
from config.console.minutes import note_minutes
from orders.models import (
    Customer,
    CustomerAddress,
    Order,
    OrderAddress,
    OrderReturn,
    RefundProposal,
    ShippingRate,
    TaxRate,
    Voucher,
)
from orders.services import request_cancellation
from outbox.acts import record_act
from outbox.commands import AlertOperators
from outbox.doorbell.heartbeats import HeartbeatWriter
from outbox.kit import daily
from outbox.models import Message, Redrive, WebhookAttempt
from outbox.publishing import publish
from outbox.webhooks import registered
from outbox.webhooks.endpoints import add_endpoint
from outbox.webhooks.resending import start_resend
from payments.models import Webhook
from payments.reconciliation import reconcile
from readmodels.models import CustomerStatistics, DriftCheck, MoneyAtRisk, Risk
from testkit.book import empty_book
from testkit.delivering import settle
from testkit.emptying import empty_tables
from testkit.shop import PRICE, Shop
from tests.sagas.own import only_own_saga

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

CHROMIUM = shutil.which("chromium")
PASSWORD = "what the operator knows"


LONDON = {
    "name": "Ada Lovelace",
    "street": "12 Quuxley Square",
    "postal_code": "SW1Y 4JH",
    "city": "London",
    "country": "GB",
}


@dataclass(frozen=True)
class Outcomes:
    """An order for each way that an order can take."""

    confirmed: Order
    declined: Order
    out_of_stock: Order
    undone: Order
    stuck: Order


@pytest.fixture(scope="module")
def outcomes(
    django_db_setup: None,  # noqa: ARG001 - creates the database
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Outcomes]:
    """Bring each order to its end, once for all tests of a module: they only look at it."""
    with django_db_blocker.unblock():
        empty_book()
        with only_own_saga():
            reached = outcomes_of_a_day()
        yield reached
        empty_tables()


def outcomes_of_a_day() -> Outcomes:
    bob = Customer.objects.create(name="Bob")
    shop = Shop(Customer.objects.create(name="Ada Lovelace"))
    shop.receive("MUG", 10)
    shop.receive("BOWL", 10)
    confirmed = shop.order({"MUG": 1, "BOWL": 1})
    declined = shop.order(payment_method="pm_card_chargeDeclinedInsufficientFunds")
    out_of_stock = shop.order({"MUG": 99})
    undone = shop.order({"MUG": 2})
    settle()
    request_cancellation(order_id=undone.id, reason_code="cancelled_by_customer")
    settle()
    stuck = shop.order()
    # No contract reads this, so the deliveries of the message become dead letters.
    Message.objects.filter(correlation_id=stuck.id).update(payload={"order_id": "<b>what</b>"})
    settle()
    for order in (confirmed, stuck):
        Webhook.objects.create(
            gateway="sandbox",
            event_id=f"evt_{order.id}",
            type="charge.succeeded",
            kind="charge",
            order_id=order.id,
            happened_at=timezone.now(),
        )
    CustomerStatistics.objects.create(
        customer_id=bob.id,
        currency="GBP",
        orders=1,
        standing=1,
        cancelled=0,
        amount=PRICE,
        returned_amount=0,
    )
    MoneyAtRisk.objects.filter(order_id__in=(confirmed.id, undone.id)).update(
        risk=Risk.NOT_CONFIRMED, amount=PRICE, since=timezone.now()
    )
    for day in (1, 2):
        moment = timezone.now() - timedelta(days=day)
        until = moment + timedelta(days=1)
        reconcile(gateway="sandbox", since=moment, until=until, flag=False)
    proposer, decider = (User.objects.create(username=each) for each in ("Turing", "Church"))
    for is_decided in (True, False):
        RefundProposal.objects.create(
            order=confirmed,
            amount=100,
            reason="broken",
            proposer=proposer,
            proposed_by="Turing",
            decider=decider if is_decided else None,
            decided_by="Church" if is_decided else "",
            decided_at=timezone.now() if is_decided else None,
        )
    for days in (1, 2):
        OrderReturn.objects.create(
            order=undone,
            amount=0,
            lines=[],
            expected_lines=[{"number": 1, "sku": "MUG", "quantity": 1}],
            expected_until=timezone.now() + timedelta(days=days),
        )
    for order in (declined, stuck):
        with transaction.atomic():
            record_act(
                actor="grace",
                verb="look",
                subject=str(order),
                reason="an example",
                correlation_id=order.id,
            )
    for days in (1, 2):
        with transaction.atomic():
            reminder = AlertOperators(subject="Look", text="again", about=confirmed.id)
            due_at = timezone.now() + timedelta(days=days)
            publish(reminder, conversation=confirmed.id, due_at=due_at)
    _upkeep()
    _add_endpoints(confirmed)
    for name in ("storefront", "warehouse"):
        user, _ = User.objects.get_or_create(username="program")
        issue_token(user, name=name, reason="an example", actor="grace")
    for country in ("", "FR"):
        ShippingRate.objects.create(country=country, currency="GBP", amount=0)
        TaxRate.objects.create(country=country, percent=Decimal(20), jurisdiction="somebody")
        Voucher.objects.create(
            code=f"SPRING{country}", percent=Decimal(10), valid_from=timezone.now()
        )
    for order, kind in ((confirmed, "delivery"), (declined, "billing")):
        OrderAddress.objects.create(order=order, kind=kind, **LONDON)
        CustomerAddress.objects.create(customer=order.customer, **LONDON)
    return Outcomes(confirmed, declined, out_of_stock, undone, stuck)


def _add_endpoints(order: Order) -> None:
    for name in ("erp", "crm"):
        add_endpoint(name=name, url=f"https://{name}.example", reason="an example", actor="grace")
        WebhookAttempt.objects.create(
            endpoint_id=name,
            message_id=uuid4(),
            event="OrderConfirmed",
            correlation_id=order.id,
            attempt=1,
            status=503,
            milliseconds=20,
            excerpt="<b>down</b>",
        )
        start_resend(name=name, since=order.placed_at, reason="an example", actor="grace")
    registered.forget()


def _upkeep() -> None:
    """Let workers run, daily work be done, minutes be noted and dead letters be redriven."""
    for worker in ("orders-1@here", "orders-2@here"):
        HeartbeatWriter().write(worker)
    daily.do_what_is_due()
    for name in ("order_summary", "order_detail"):
        DriftCheck.objects.create(name=name, compared=10)
    note_minutes()
    for _ in range(2):
        Redrive.objects.create(
            chosen={"subscriber": "sagas"},
            number=2,
            pace="ramp",
            most_failing=10,
            actor="grace",
            reason="an example",
            upto=7,
            ramps=[{"settled": 1, "failed": 0, "at": timezone.now().isoformat()}],
            status="done",
        )


@pytest.fixture
def operator(db: None, outcomes: Outcomes) -> Client:  # noqa: ARG001 - what is looked at
    client = Client()
    client.force_login(User.objects.create(username="operator", is_staff=True, is_superuser=True))
    return client


@dataclass(frozen=True)
class Browser:
    """A real browser with an operator before it.

    :ivar complaints: what it complains of, such as a script that the policy forbids.
    """

    page: "Page"
    complaints: list[str] = field(default_factory=list)

    def log_in(self, name: str = "operator") -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        # playwright sets an attribute on what a handler is bound to, so it is bound to nothing.
        self.page.on("console", lambda line: self.complaints.extend(_complaint(line)))
        self.page.goto("/admin/")
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in").click()

    def sees(self, text: str) -> None:
        """Wait until a text is there."""
        self.page.get_by_text(text).first.wait_for(timeout=20_000)


def _complaint(line: "ConsoleMessage") -> list[str]:
    wanted = line.type == "error" and not line.location["url"].endswith("/favicon.ico")
    return [line.text] if wanted else []


@pytest.fixture
def browser(live_server: LiveServer) -> Iterator[Browser]:
    """Open a browser; its operator has not logged in yet."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium: apt install chromium")
    User.objects.create_superuser("operator", password=PASSWORD)
    with playwright.sync_playwright() as program:
        # Chromium's own sandbox needs rights that containers do not give.
        chromium = program.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_page(base_url=live_server.url)
        page.set_default_timeout(20_000)
        yield Browser(page)
        chromium.close()
