"""If-Match and If-None-Match: nobody overwrites what they have not seen (RFC 9110, 13.1)."""

from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from orders.models import Customer, CustomerAddress
from outbox.models import OperatorAct
from outbox.models.endpoints import WebhookEndpoint
from testkit.shop import Shop, offer, price_of
from tests.api.conftest import client_of
from tests.api.test_openapi import COMMITTED
from tests.orders.test_addresses import LONDON
from tests.threads import at_once

PRODUCT = "/api/v1/products/MUG"
DEARER = {"unit_price": 1300, "reason": "dearer clay"}


def patch(client: APIClient, address: str, body: Any, **headers: str) -> Any:
    return client.patch(address, body, format="json", headers=headers)


def changeable(shop: Shop) -> dict[str, tuple[str, Any]]:
    """Return the addresses that can be changed, each with its template and a change."""
    moved = {"country": "France", "reason": "by telephone"}
    home = CustomerAddress.objects.create(customer=shop.customer, **LONDON)
    WebhookEndpoint.objects.get_or_create(
        name="erp", defaults={"url": "https://erp.example/hooks", "events": ["OrderConfirmed"]}
    )
    return {
        "/api/v1/customers/me/addresses/{address_id}": (
            f"/api/v1/customers/me/addresses/{home.id}",
            {"street": "13 Quuxley Square"},
        ),
        "/api/v1/operations/webhook-endpoints/{name}": (
            "/api/v1/operations/webhook-endpoints/erp",
            {"url": "https://erp.example/v2/hooks", "reason": "a new server"},
        ),
        "/api/v1/products/{sku}": (PRODUCT, DEARER),
        "/api/v1/customers/me": ("/api/v1/customers/me", {"country": "Italy"}),
        "/api/v1/customers/{customer_id}": (f"/api/v1/customers/{shop.customer.id}", moved),
    }


def who(template: str, ada: APIClient, boss: APIClient) -> APIClient:
    return ada if "/me" in template else boss


def test_whatever_can_be_changed_has_a_tag_that_changes_with_it(
    ada: APIClient, boss: APIClient, shop: Shop
) -> None:
    for template, (address, change) in changeable(shop).items():
        client = who(template, ada, boss)
        seen = client.get(address)
        changed = patch(client, address, change, **{"if-match": seen["ETag"]})
        assert changed.status_code == 200, changed.content
        assert seen["ETag"].startswith('"')
        assert changed["ETag"] != seen["ETag"]
        assert client.get(address)["ETag"] == changed["ETag"]
        again = patch(client, address, change, **{"if-match": seen["ETag"]})
        assert (again.status_code, again["Content-Type"], again.json()["type"]) == (
            412,
            "application/problem+json",
            "/problems/precondition-failed",
        )


def test_every_change_in_the_document_takes_the_condition(shop: Shop) -> None:
    paths = yaml.safe_load(COMMITTED.read_text())["paths"]
    changes = {path: each for path, each in paths.items() if "patch" in each}
    assert changes.keys() == changeable(shop).keys(), "say in changeable how the new one is changed"
    for path, operations in changes.items():
        names = {each["name"] for each in operations["patch"]["parameters"]}
        assert "If-Match" in names, path
        assert "412" in operations["patch"]["responses"], path
        for method in ("get", "patch"):
            assert "ETag" in operations[method]["responses"]["200"]["headers"], (path, method)


def test_what_was_just_added_can_be_changed_by_its_tag(boss: APIClient) -> None:
    bowl = {"sku": "BOWL", "name": "Bowl", "unit_price": 700, "currency": "GBP", "reason": "new"}
    offered = boss.post("/api/v1/products", bowl, format="json")
    changed = patch(boss, "/api/v1/products/BOWL", DEARER, **{"if-match": offered["ETag"]})
    assert changed.status_code == 200
    eve = boss.post("/api/v1/customers", {"name": "Eve", "reason": "new"}, format="json")
    address = f"/api/v1/customers/{eve.json()['id']}"
    assert boss.get(address)["ETag"] == eve["ETag"]


@pytest.mark.parametrize("header", ["*", 'W/"other", "other", {tag}', '  {tag} , "x"'])
def test_a_condition_that_holds_lets_the_change_be_made(boss: APIClient, header: str) -> None:
    wanted = header.format(tag=boss.get(PRODUCT)["ETag"])
    assert patch(boss, PRODUCT, DEARER, **{"if-match": wanted}).status_code == 200


@pytest.mark.parametrize("header", ['"other"', "W/{tag}", "", "no-tag", '"a", "b"', '"*"'])
def test_a_condition_that_does_not_hold_changes_nothing(boss: APIClient, header: str) -> None:
    wanted = header.format(tag=boss.get(PRODUCT)["ETag"])
    assert patch(boss, PRODUCT, DEARER, **{"if-match": wanted}).status_code == 412
    assert price_of("MUG") != DEARER["unit_price"]
    assert not OperatorAct.objects.filter(verb="change product").exists()


def test_a_change_without_a_condition_is_made(boss: APIClient) -> None:
    assert patch(boss, PRODUCT, DEARER).status_code == 200


def test_a_change_unless_it_is_so_is_not_made_when_it_is(boss: APIClient) -> None:
    tag = boss.get(PRODUCT)["ETag"]
    assert patch(boss, PRODUCT, DEARER, **{"if-none-match": tag}).status_code == 412
    assert patch(boss, PRODUCT, DEARER, **{"if-none-match": "*"}).status_code == 412
    assert patch(boss, PRODUCT, DEARER, **{"if-none-match": '"other"'}).status_code == 200


def test_what_is_missing_or_wrong_is_told_before_a_condition(boss: APIClient) -> None:
    nowhere = patch(boss, "/api/v1/products/UNICORN", DEARER, **{"if-match": "*"})
    assert nowhere.status_code == 404
    assert patch(boss, PRODUCT, {"unit_price": -1}, **{"if-match": '"x"'}).status_code == 400


def test_who_knows_it_is_not_sent_it_again(ada: APIClient, boss: APIClient, shop: Shop) -> None:
    for template, (address, _) in changeable(shop).items():
        client = who(template, ada, boss)
        tag = client.get(address)["ETag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            answer = client.get(address, headers={"if-none-match": known})
            assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
        assert client.get(address, headers={"if-none-match": '"other"'}).status_code == 200
        assert client.get(address, headers={"if-match": '"other"'}).status_code == 412


@pytest.mark.usefixtures("transactional_db")
def test_of_changes_by_one_tag_exactly_one_is_made() -> None:
    offer("MUG", 1250)
    customer = Customer.objects.create(name="Ada")
    clients = [client_of(User.objects.create_superuser(f"boss-{number}")) for number in range(4)]
    for address in (PRODUCT, f"/api/v1/customers/{customer.id}"):
        tag = clients[0].get(address)["ETag"]
        told: list[int] = []

        def change(
            number: int, address: str = address, tag: str = tag, told: list[int] = told
        ) -> None:
            body = {"name": f"another {number}", "reason": "x"}
            told.append(patch(clients[number], address, body, **{"if-match": tag}).status_code)

        at_once(4, change)
        assert sorted(told) == [200, 412, 412, 412]
    assert OperatorAct.objects.filter(verb__startswith="change ").count() == 2
