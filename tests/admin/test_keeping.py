"""Staff keep products, prices and customers in the admin; each change is an act with a reason."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from orders.models import Customer, Product, ProductPrice
from outbox.models import OperatorAct
from testkit.shop import PRICE, Shop, price_of
from tests.admin.forms import filled, send


@pytest.fixture
def boss(shop: Shop) -> Client:  # noqa: ARG001 - the tables
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def verbs() -> list[str]:
    return list(
        OperatorAct.objects.exclude(verb="sign in").order_by("id").values_list("verb", flat=True)
    )


def test_a_product_is_offered_changed_and_priced(boss: Client) -> None:
    fields = {"sku": "BOWL", "name": "Bowl", "category": "bowls", "currency": "JPY", "price": "700"}
    offered = send(boss, reverse("admin:orders_product_offer_one"), {**fields, "reason": "new"})
    assert offered.status_code == 302
    page = reverse("admin:orders_product_change_product", args=["BOWL"])
    fields = {"name": "Big bowl", "category": "bowls", "active_from_0": "2026-01-01"}
    fields |= {"active_from_1": "00:00:00", "reason": "bigger"}
    assert send(boss, page, fields).status_code == 302
    page = reverse("admin:orders_product_set_a_price", args=["BOWL"])
    assert send(boss, page, {"currency": "EUR", "price": "4.50", "reason": "x"}).status_code == 302
    bowl = Product.objects.with_prices().get(sku="BOWL")
    assert (bowl.name, bowl.for_sale, bowl.unit_price) == ("Big bowl", False, 700)
    assert {price["currency"]: price["unit_price"] for price in bowl.prices} == {
        "EUR": 450,
        "JPY": 700,
    }
    assert verbs() == ["offer product", "change product", "set price"]
    shown = boss.get(reverse("admin:orders_product_change", args=["BOWL"])).content.decode()
    assert "4.50 EUR" in shown


def test_an_amount_that_the_currency_lacks_is_refused(boss: Client) -> None:
    page = reverse("admin:orders_product_set_a_price", args=["MUG"])
    refused = send(boss, page, {"currency": "JPY", "price": "1.50", "reason": "x"})
    assert "no amount of JPY" in refused.content.decode()
    assert verbs() == []


def test_a_list_is_imported_when_its_preview_was_seen(boss: Client) -> None:
    page = reverse("admin:orders_product_import_list")
    csv = "sku,name,currency,price\r\nMUG,Mug,GBP,13.00\r\n"
    fields = {"csv": csv, "reason": "spring"}
    seen = send(boss, page, fields)
    told = seen.content.decode()
    assert "Look at what it changes" in told
    assert "2 changes" in told
    assert (price_of("MUG"), verbs()) == (PRICE, [])
    digest = told.split('name="digest" value="')[1].split('"')[0]
    assert boss.post(page, filled(seen, {**fields, "digest": digest})).status_code == 302
    assert (price_of("MUG"), verbs()) == (1300, ["change product", "set price"])
    assert boss.get(reverse("admin:orders_product_export_list")).content.count(b"\r\n") == 2


def test_a_list_of_customers_is_imported_when_its_preview_was_seen(boss: Client) -> None:
    page = reverse("admin:orders_customer_import_list")
    fields = {"csv": "reference,name\r\nC-1,Grace Hopper\r\n", "reason": "the old shop"}
    seen = send(boss, page, fields)
    told = seen.content.decode()
    assert "Grace Hopper" in told
    assert not Customer.objects.filter(reference="C-1").exists()
    digest = told.split('name="digest" value="')[1].split('"')[0]
    assert boss.post(page, filled(seen, {**fields, "digest": digest})).status_code == 302
    assert verbs() == ["add customer"]
    listed = boss.get(reverse("admin:orders_customer_export_list"))
    assert b",C-1,Grace Hopper," in listed.content


def test_customers_are_added_and_changed(boss: Client) -> None:
    fields = {"name": "Eve", "email": "eve@example.org", "language": "de", "reason": "by telephone"}
    assert send(boss, reverse("admin:orders_customer_add_one"), fields).status_code == 302
    eve = Customer.objects.get(name="Eve")
    page = reverse("admin:orders_customer_change_it", args=[eve.id])
    fields |= {"email": "eve@example.net", "country": "France"}
    assert send(boss, page, fields).status_code == 302
    eve.refresh_from_db()
    assert (eve.email, eve.country, eve.language) == ("eve@example.net", "France", "de")
    added, changed = OperatorAct.objects.exclude(verb="sign in").order_by("id")
    assert (added.verb, changed.verb) == ("add customer", "change customer")
    assert changed.details == {"fields": ["country", "email"]}
    assert "eve@" not in str(changed.details) + changed.reason


def test_each_act_needs_its_permission(shop: Shop) -> None:
    client = Client()
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    acts: dict[str, list[Any]] = {
        "product_offer_one": [],
        "product_import_list": [],
        "product_export_list": [],
        "product_change_product": ["MUG"],
        "product_set_a_price": ["MUG"],
        "customer_add_one": [],
        "customer_import_list": [],
        "customer_export_list": [],
        "customer_change_it": [shop.customer.id],
    }
    for name, keys in acts.items():
        assert client.get(reverse(f"admin:orders_{name}", args=keys)).status_code == 403, name
    assert ProductPrice.objects.count() == 1
