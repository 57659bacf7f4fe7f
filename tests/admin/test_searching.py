"""The search boxes of orders and customers find what people say of them."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from orders.models import Customer
from outbox.kit.finding import MOST_FOUND, TOO_MANY
from testkit.delivering import settle
from testkit.shop import Shop

LISTS = ("orders_order", "readmodels_ordersummary", "readmodels_orderdetail")


def shown(client: Client, table: str, text: str) -> list[str]:
    """Return the keys of what is listed; of a page that opens by itself, its one key."""
    answer = client.get(reverse(f"admin:{table}_changelist"), {"q": text}, follow=True)
    assert answer.status_code == 200
    if answer.redirect_chain:
        return [answer.redirect_chain[0][0].split("/")[-3]]
    return [str(row.pk) for row in answer.context["cl"].result_list]


@pytest.fixture
def searcher(shop: Shop) -> Client:  # noqa: ARG001 - the tables
    """Return somebody who may see orders, and no customers as yet."""
    user = User.objects.create_user("searcher", is_staff=True)
    names = ("view_order", "view_ordersummary", "view_orderdetail")
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


def may_see_customers() -> None:
    user = User.objects.get(username="searcher")
    user.user_permissions.add(Permission.objects.get(codename="view_customer"))


def shop_of(name: str, email: str) -> Shop:
    return Shop(Customer.objects.create(name=name, email=email))


def test_orders_are_found_by_their_customer_or_the_beginning_of_their_id(searcher: Client) -> None:
    may_see_customers()
    order = shop_of("José Núñez", "jose@example.org").order()
    shop_of("Grace Hopper", "grace@example.org").order()
    settle()
    for table in LISTS:
        for text in ("nunez", "JOSÉ", "jose@exa", order.number.lower(), str(order.pk)):
            assert shown(searcher, table, text) == [str(order.pk)], (table, text)
        assert str(order.pk) in shown(searcher, table, str(order.pk)[:8])
        assert shown(searcher, table, "zoe") == []


def test_customers_are_found_by_name_mail_or_the_beginning_of_their_id(searcher: Client) -> None:
    may_see_customers()
    jose = shop_of("José Núñez", "jose@example.org").customer
    for text in ("nunez", "jose@exa", str(jose.pk), str(jose.pk)[:20]):
        assert shown(searcher, "orders_customer", text) == [str(jose.pk)], text


def test_who_may_not_see_customers_finds_nothing_by_their_names(searcher: Client) -> None:
    order = shop_of("José Núñez", "jose@example.org").order()
    settle()
    for table in LISTS:
        assert shown(searcher, table, "nunez") == []
        assert shown(searcher, table, str(order.pk)) == [str(order.pk)]


def test_a_search_that_says_too_little_says_so_once(searcher: Client) -> None:
    may_see_customers()
    Customer.objects.bulk_create(Customer(name=f"Ann {n}") for n in range(MOST_FOUND + 1))
    page = searcher.get(reverse("admin:orders_customer_changelist"), {"q": "ann"})
    assert page.content.decode().count(TOO_MANY) == 1
