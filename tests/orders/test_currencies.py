"""Orders in currencies with no or three decimals: every interface shows the same amounts."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.models import OrderReturn
from testkit.book import kept
from testkit.delivering import settle
from testkit.shop import Shop, offer, outcome
from tests.admin.forms import send

FLOWS = ("charge_first", "reserve_first", "choreographed")


@pytest.fixture
def boss(shop: Shop) -> Client:  # noqa: ARG001 - the tables
    client = Client()
    client.force_login(User.objects.create(username="boss", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize(
    ("currency", "typed", "units"),
    [("CLP", "15", 15), ("JPY", "15", 15), ("GBP", "15", 1500), ("KWD", "1.234", 1234)],
)
def test_what_staff_type_is_what_goes_back(
    audited: Shop, boss: Client, currency: str, typed: str, units: int
) -> None:
    offer("PANEL", 5000, currency)
    audited.receive("PANEL", 5)
    order = audited.order({"PANEL": 1})
    settle()
    page = reverse("admin:orders_order_refund", args=[order.id])
    send(boss, page, {"amount": typed, "reason": "scratched"})
    settle()
    assert OrderReturn.objects.get().amount == units
    assert kept(order.id) == 5000 - units


@pytest.mark.parametrize(("currency", "example"), [("CLP", "as 1234."), ("KWD", "as 1.234.")])
def test_the_form_says_how_the_currency_is_written(
    audited: Shop, boss: Client, currency: str, example: str
) -> None:
    offer("PANEL", 5000, currency)
    audited.receive("PANEL", 5)
    order = audited.order({"PANEL": 1})
    settle()
    shown = boss.get(reverse("admin:orders_order_refund", args=[order.id])).content.decode()
    assert f"In {currency}, {example}" in shown


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize(("currency", "price"), [("CLP", 1500), ("BHD", 1235)])
def test_every_flow_charges_and_returns_whole_minor_units(
    audited: Shop, flow: str, currency: str, price: int
) -> None:
    offer("PANEL", price, currency)
    audited.receive("PANEL", 3)
    order = audited.order({"PANEL": 3}, flow=flow)
    settle()
    assert outcome(order) == ("confirmed", "")
    assert kept(order.id) == 3 * price
