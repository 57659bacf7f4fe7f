"""An operator asks why an order is where it is: one page says it, and shows what happened."""

import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from config.timeline.page import LEFT_OUT, MAY_SEE
from orders.models import Order
from tests.admin.conftest import Browser, Outcomes


def address(order: Order) -> str:
    return reverse("timeline", args=[order.id])


def permission(name: str) -> Permission:
    app, _, codename = name.partition(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def test_the_sentence_is_on_top_and_the_table_below(operator: Client, outcomes: Outcomes) -> None:
    page = operator.get(address(outcomes.out_of_stock)).content.decode()
    assert page.index("of MUG left, 99 wanted; 1,237.50 GBP refunded") < page.index("<table")
    links = re.findall(r">(charge [^<]+|nothing reserved|refund [^<]+)</a>", page)
    assert links == [
        "charge asked for",
        "charge succeeded",
        "nothing reserved",
        "refund asked for",
        "refund succeeded",
    ]


@pytest.mark.parametrize("whose", ["confirmed", "declined", "out_of_stock", "undone", "stuck"])
def test_every_line_leads_to_what_it_is_about(
    operator: Client, outcomes: Outcomes, whose: str
) -> None:
    page = operator.get(address(getattr(outcomes, whose))).content.decode()
    links = set(
        re.findall(r'href="(/admin/[^"]+)" class="text-link"', page[page.index("<table") :])
    )
    assert links
    for each in links:
        assert operator.get(each.replace("&amp;", "&"), follow=True).status_code == 200, each


@pytest.mark.parametrize("table", ["orders_order", "sagas_sagainstance", "readmodels_ordersummary"])
def test_it_is_one_click_away(operator: Client, outcomes: Outcomes, table: str) -> None:
    order = outcomes.confirmed
    found = operator.get(reverse(f"admin:{table}_changelist"), {"q": str(order.id)}, follow=True)
    assert f'href="{address(order)}"' in found.content.decode()


def test_no_token_and_no_markup_of_a_message_is_shown(operator: Client, outcomes: Outcomes) -> None:
    assert "pm_card" not in operator.get(address(outcomes.confirmed)).content.decode()
    stuck = operator.get(address(outcomes.stuck)).content.decode()
    assert "a dead letter after 1 attempt" in stuck
    assert "<b>what" not in stuck


def test_an_order_that_does_not_exist_has_none(operator: Client) -> None:
    assert operator.get(reverse("timeline", args=[uuid4()])).status_code == 404


@pytest.mark.django_db
def test_it_is_for_those_who_may_see_what_its_sentence_speaks_of(
    client: Client, outcomes: Outcomes
) -> None:
    page = address(outcomes.confirmed)
    assert client.get(page).status_code == 302
    user = User.objects.create(username="trainee", is_staff=True)
    client.force_login(user)
    for name in MAY_SEE:
        assert client.get(page).status_code == 403
        user.user_permissions.add(permission(name))
    shown = client.get(page).content.decode()
    assert ": card charged 25.00 GBP at " in shown
    assert "charge succeeded</a>" in shown


@pytest.mark.django_db
def test_lines_of_tables_that_one_may_not_look_at_are_left_out(
    client: Client, outcomes: Outcomes
) -> None:
    user = User.objects.create(username="support", is_staff=True)
    user.user_permissions.set([permission(name) for name in MAY_SEE])
    client.force_login(user)
    page = client.get(address(outcomes.confirmed)).content.decode()
    assert LEFT_OUT in page
    assert "/admin/outbox/" not in page[page.index("<table") :]
    user.user_permissions.add(permission("outbox.view_message"))
    page = client.get(address(outcomes.confirmed)).content.decode()
    assert "ChargePayment</a>" in page
    assert "charge dispatched" not in page


def test_an_operator_reads_it_in_a_browser(outcomes: Outcomes, browser: Browser) -> None:
    browser.log_in()
    browser.page.goto(reverse("admin:orders_order_change", args=[outcomes.undone.id]))
    browser.page.get_by_role("link", name="Timeline", exact=True).click()
    browser.sees("cancelled for the customer")
    browser.page.get_by_role("link", name="RefundPayment", exact=True).click()
    browser.sees("Message")
    assert browser.complaints == []
