"""One search finds what people have at hand, for those who may see it."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders.models import Customer, Order
from outbox.models import Message
from payments.models import PaymentOperation
from testkit.delivering import settle
from testkit.shop import Shop

ADDRESS = "/admin/search-all/"


@pytest.fixture
def order(shop: Shop) -> Order:
    """Return a paid order of José Núñez, beside one of somebody else."""
    shop.order(reference="OTHER-1")
    shop.customer = Customer.objects.create(name="José Núñez", email="jose@example.org")
    placed = shop.order(reference="WEB-4711")
    settle()
    return placed


def clerk(*codenames: str) -> Client:
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def boss(db: None) -> Client:  # noqa: ARG001 - the tables
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def found(client: Client, text: str) -> set[tuple[str, str]]:
    """Return the kind and the address of what is found; of what opened at once, its address."""
    answer = client.get(ADDRESS, {"q": text})
    if answer.status_code == 302:
        return {("", answer.headers["Location"])}
    return {(each.kind, each.address) for each in answer.context["found"]}


def test_an_order_is_found_by_reference_in_any_case_and_opens_at_once(
    order: Order, boss: Client
) -> None:
    page = f"/admin/orders/order/{order.pk}/change/"
    for text in ("WEB-4711", "web-4711", " web-4711 "):
        assert found(boss, text) == {("", page)}, text


def test_an_order_is_found_by_its_number_however_it_is_typed(order: Order, boss: Client) -> None:
    page = f"/admin/orders/order/{order.pk}/change/"
    for text in (order.number, order.number.lower(), order.number.replace("-", " ")):
        assert found(boss, text) == {("", page)}, text


def test_an_order_is_found_by_its_id_or_how_it_begins(order: Order, boss: Client) -> None:
    page = f"/admin/orders/order/{order.pk}/change/"
    assert found(boss, str(order.pk)) == {("", page)}
    assert ("Order", page) in found(boss, str(order.pk)[:8])


def test_orders_are_found_by_name_and_e_mail_without_accents(order: Order, boss: Client) -> None:
    pages = {
        ("Customer", f"/admin/orders/customer/{order.customer_id}/change/"),
        ("Order of a customer", f"/admin/orders/order/{order.pk}/change/"),
    }
    for text in ("nunez", "JOSÉ", "jose@exa", "núñez jose"):
        assert found(boss, text) == pages, text


def test_a_payment_a_product_and_a_message_are_found(order: Order, boss: Client) -> None:
    operation = PaymentOperation.objects.get(payment__order_id=order.pk, kind="charge")
    assert found(boss, operation.gateway_reference) == {
        ("", f"/admin/payments/payment/{operation.payment_id}/change/")
    }
    assert found(boss, "mug") == {("", "/admin/orders/product/MUG/change/")}
    message = Message.objects.filter(correlation_id=order.pk).first()
    assert message is not None
    assert found(boss, str(message.pk)) == {("", f"/admin/outbox/message/{message.pk}/change/")}


def test_everybody_finds_only_what_they_may_see(order: Order) -> None:
    client = clerk("view_product")
    assert found(client, "WEB-4711") == set()
    assert found(client, str(order.pk)) == set()
    assert found(client, "nunez") == set()
    assert found(client, "mug") == {("", "/admin/orders/product/MUG/change/")}


@pytest.mark.usefixtures("order")
def test_nothing_found_says_what_would_be(boss: Client) -> None:
    for text in ("", "nothing like it", "%", "\x00", "'", "-", "zz" * 200):
        page = boss.get(ADDRESS, {"q": text}).content.decode()
        assert "Search finds orders, customers" in page, text


@pytest.mark.usefixtures("order")
def test_a_search_takes_few_queries_and_reads_no_table(boss: Client) -> None:
    with CaptureQueriesContext(connection) as captured:
        boss.get(ADDRESS, {"q": "nunez"})
    assert len(captured) < 20
    searched = [query["sql"] for query in captured.captured_queries]
    assert not any("OFFSET" in sql or "COUNT(*)" in sql for sql in searched)
