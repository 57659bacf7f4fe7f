"""A form of the admin that is sent twice, by a double click or a retry, is carried out once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from inventory.models import StockItem
from orders.models import OrderReturn, RefundProposal
from outbox.models import OperatorAct
from testkit.book import kept
from testkit.delivering import settle
from testkit.shop import PRICE, Shop
from tests.admin.forms import filled

SAID = "This form was sent before, and done once"


@pytest.fixture
def boss(shop: Shop) -> Client:  # noqa: ARG001 - the tables
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def refund_page(order_id: UUID) -> str:
    return reverse("admin:orders_order_refund", args=[order_id])


def test_a_refund_that_is_sent_twice_is_given_once(audited: Shop, boss: Client) -> None:
    order = audited.order({"MUG": 2})
    settle()
    page = refund_page(order.id)
    form = filled(boss.get(page), {"amount": "5.00", "reason": "late"})
    first = boss.post(page, form)
    settle()
    again = boss.post(page, form)
    settle()
    assert (first.status_code, SAID in again.content.decode()) == (302, True)
    assert [each.amount for each in OrderReturn.objects.all()] == [500]
    assert kept(order.id) == 2 * PRICE - 500


def test_an_approval_that_is_sent_twice_is_given_once(
    audited: Shop, boss: Client, settings: Settings
) -> None:
    settings.REFUND_APPROVAL_ABOVE = 100
    order = audited.order({"MUG": 2})
    settle()
    boss.post(refund_page(order.id), filled(boss.get(refund_page(order.id)), PROPOSED))
    proposal = RefundProposal.objects.get()
    second = Client()
    second.force_login(User.objects.create_superuser("another"))
    page = reverse("admin:orders_refundproposal_approve", args=[proposal.id])
    form = filled(second.get(page), {"reason": "I have seen it"})
    assert second.post(page, form).status_code == 302
    assert SAID in second.post(page, form).content.decode()
    assert OrderReturn.objects.count() == 1
    assert OperatorAct.objects.filter(verb="approve refund").count() == 1


PROPOSED = {"amount": "5.00", "reason": "broken"}


def test_two_clicks_at_the_same_moment_are_one_act(shop: Shop, boss: Client) -> None:
    page = reverse("admin:inventory_stockitem_receive", args=["MUG"])
    form = filled(boss.get(page), {"units": 12, "reason": "delivery note 4711"})

    def click() -> int:
        client = Client()
        client.cookies = boss.cookies
        try:
            return int(client.post(page, form).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as clicks:
        answers = [click.result() for click in [clicks.submit(click) for _ in range(4)]]
    assert sorted(answers) == [200, 200, 200, 302]
    assert StockItem.objects.get(pk="MUG").on_hand == 22
    assert shop.reserved() == 0
