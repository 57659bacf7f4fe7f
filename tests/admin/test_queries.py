"""Every page and search of the console asks a bounded number of queries, and counts no table."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Order
from tests.admin.conftest import Outcomes

MOST = 60
MOST_OF_AN_ORDER = 130
"""Its page asks each act whether it is possible, and collects the timeline from all apps."""

COUNTS_A_TABLE = re.compile(r'^SELECT COUNT\(\*\) AS "__count" FROM "(\w+)"(?! WHERE)')

SMALL = {"auth_user", "auth_group", "config_apitoken", "outbox_webhookendpoint"}
"""Tables of staff and settings."""

SEARCHES = ("lovelace", "7KQ", "mug", "ada@lovelace.example", "01a22c35", "nothing-like-it")


def asked(operator: Client, address: str) -> list[str]:
    """Return the queries of a page, without savepoints."""
    with CaptureQueriesContext(connection) as captured:
        assert operator.get(address, follow=True).status_code == 200, address
    return [each["sql"] for each in captured if "SAVEPOINT" not in each["sql"]]


def lists() -> list[str]:
    return [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")  # noqa: SLF001 - Django's documented Model._meta API
        for model in admin.site._registry  # noqa: SLF001 - what is registered has no other name
    ]


def of_order(order: Order) -> list[str]:
    return [
        reverse("admin:orders_order_change", args=[order.pk]),
        reverse("timeline", args=[order.pk]),
    ]


@pytest.fixture
def others(outcomes: Outcomes) -> list[str]:
    order = outcomes.confirmed
    return [
        *("/admin/?span=week", "/admin/attention/", "/admin/errors/"),
        *(f"/admin/search-all/?q={each}" for each in SEARCHES),
        *(f"/admin/orders/order/?q={each}" for each in SEARCHES),
        reverse("admin:readmodels_orderdetail_change", args=[order.pk]),
        "/admin/readmodels/rebuild/of/order_summary/",
        reverse("admin:orders_order_cancel", args=[order.pk]),
    ]


def test_lists_searches_and_pages_ask_few_queries_and_count_no_table(
    operator: Client, others: list[str]
) -> None:
    for address in (*lists(), *others):
        queries = asked(operator, address)
        assert len(queries) <= MOST, (address, len(queries))
        counted = {found[1] for sql in queries if (found := COUNTS_A_TABLE.match(sql))}
        assert counted <= SMALL, address


@pytest.mark.parametrize("whose", ["confirmed", "out_of_stock", "stuck"])
def test_the_page_of_an_order_asks_no_more_for_one_with_a_long_past(
    operator: Client, outcomes: Outcomes, whose: str
) -> None:
    for address in of_order(getattr(outcomes, whose)):
        assert len(asked(operator, address)) <= MOST_OF_AN_ORDER
