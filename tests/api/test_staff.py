"""What staff keep: products, customers, payments, stock, and what is owed."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.test import APIClient

from inventory.models import StockItem
from orders.api.access import customer_of
from orders.models import Customer, Order
from outbox.models import Message, OperatorAct
from readmodels.projection import GROUP
from testkit.delivering import settle
from testkit.shop import PRICE, Shop, price_of
from tests.api.test_problems import assert_problem

BOWL: dict[str, Any] = {
    "sku": "BOWL",
    "name": "Bowl",
    "unit_price": 700,
    "currency": "GBP",
    "reason": "new",
}


def post(client: APIClient, path: str, body: Any) -> Any:
    return client.post(f"/api/v1/{path}", body, format="json")


def patch(client: APIClient, path: str, body: Any) -> Any:
    return client.patch(f"/api/v1/{path}", body, format="json")


def test_a_product_is_offered_and_can_be_ordered(boss: APIClient, ada: APIClient) -> None:
    offered = post(boss, "products", BOWL)
    assert (offered.status_code, offered.json()["for_sale"]) == (201, True)
    order = {"lines": [{"sku": "BOWL", "quantity": 1}], "payment_method": "pm_card_visa"}
    assert post(ada, "orders", order).status_code == 202
    assert Order.objects.get().amount == 700


def test_a_sku_is_offered_once(boss: APIClient) -> None:
    post(boss, "products", BOWL)
    again = post(boss, "products", {**BOWL, "unit_price": 1})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-there")
    assert price_of("BOWL") == 700


@pytest.mark.parametrize(
    "change",
    [{"sku": "a/../b"}, {"sku": ""}, {"currency": "gbp"}, {"unit_price": -1}, {"for_sale": False}],
)
def test_what_no_product_can_be_is_refused(boss: APIClient, change: dict[str, Any]) -> None:
    assert post(boss, "products", {**BOWL, **change}).status_code == 400


def test_a_new_price_is_for_new_orders(boss: APIClient, shop: Shop) -> None:
    old = shop.order()
    changed = patch(boss, "products/MUG", {"unit_price": 2 * PRICE, "reason": "dearer clay"})
    assert (changed.status_code, changed.json()["unit_price"]) == (200, 2 * PRICE)
    old.refresh_from_db()
    assert (old.amount, shop.order().amount) == (PRICE, 2 * PRICE)
    act = OperatorAct.objects.get(verb="change product")
    assert act.details == {"before": {"unit_price": PRICE}, "after": {"unit_price": 2 * PRICE}}


def test_a_withdrawn_product_is_not_for_sale_and_can_still_be_read(
    boss: APIClient, ada: APIClient
) -> None:
    patch(boss, "products/MUG", {"for_sale": False, "reason": "out of the range"})
    order = {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_card_visa"}
    assert post(ada, "orders", order).status_code == 422
    assert ada.get("/api/v1/products").json()["results"] == []
    assert ada.get("/api/v1/products/MUG").json()["for_sale"] is False
    assert ada.get("/api/v1/products/UNICORN").status_code == 404
    assert patch(boss, "products/UNICORN", {"name": "x", "reason": "y"}).status_code == 404


def test_customers_read_and_change_themselves(ada: APIClient, shop: Shop) -> None:
    assert ada.get("/api/v1/customers/me").json()["name"] == "Ada Lovelace"
    changed = patch(ada, "customers/me", {"name": "Ada King", "email": "ada@example.org"})
    assert changed.json()["email"] == "ada@example.org"
    shop.customer.refresh_from_db()
    assert shop.customer.name == "Ada King"


def test_a_customer_who_is_erased_meanwhile_is_not_found(
    shop: Shop, ada: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def erase(request: Request) -> Customer:
        Customer.objects.update(erased_at=timezone.now())
        return customer_of(request)

    monkeypatch.setattr("orders.api.customers.customer_of", erase)
    answer = patch(ada, "customers/me", {"name": "Ada King"})
    assert_problem(answer, 404, "not-found")
    assert not Customer.objects.filter(name="Ada King").exists(), shop.customer


@pytest.mark.parametrize("field", ["id", "reference", "user", "account", "reason"])
def test_customers_change_nothing_else_of_themselves(ada: APIClient, field: str) -> None:
    assert patch(ada, "customers/me", {field: "x"}).status_code == 400


def test_staff_add_a_customer_who_then_orders(boss: APIClient, stranger: APIClient) -> None:
    wanted = {"name": "Eve", "reference": "crm:7", "account": "eve", "reason": "by telephone"}
    added = post(boss, "customers", wanted)
    assert added.status_code == 201
    assert stranger.get("/api/v1/customers/me").json()["id"] == added.json()["id"]
    found = boss.get("/api/v1/customers?reference=crm:7").json()["results"]
    assert [each["id"] for each in found] == [added.json()["id"]]


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("taken", [{"reference": "crm:7"}, {"account": "ada"}, {"account": "zoe"}])
def test_what_belongs_to_another_customer_is_refused(
    boss: APIClient, taken: dict[str, str]
) -> None:
    Customer.objects.create(name="Grace", reference="crm:7")
    refused = post(boss, "customers", {"name": "Eve", "reason": "x", **taken})
    assert refused.status_code == 409
    assert not Customer.objects.filter(name="Eve").exists()


def test_staff_correct_a_customer_and_the_record_names_fields_only(
    staff: APIClient, shop: Shop
) -> None:
    address = f"customers/{shop.customer.id}"
    changed = patch(staff, address, {"email": "ada@example.org", "reason": "by telephone"})
    assert staff.get(f"/api/v1/{address}").json() == changed.json()
    act = OperatorAct.objects.get(verb="change customer")
    assert act.details == {"fields": ["email"]}
    assert staff.get(f"/api/v1/customers/{uuid4()}").status_code == 404


def test_payments_are_looked_up_with_their_ledger(staff: APIClient, shop: Shop) -> None:
    order = shop.order()
    settle()
    (payment,) = staff.get(f"/api/v1/payments?order={order.id}").json()["results"]
    read = staff.get(f"/api/v1/payments/{payment['id']}").json()
    assert (read["captured"], read["refunded"]) == (PRICE, 0)
    assert [each["kind"] for each in read["operations"]] == ["charge"]
    assert "pm_card" not in str(read)
    assert staff.get(f"/api/v1/payments/{uuid4()}").status_code == 404
    assert staff.get("/api/v1/payments?needs_attention=true").json()["results"] == []


@pytest.mark.parametrize(
    ("verb", "units", "left"), [("receive", 5, 15), ("adjust", -2, 8), ("write-off", 3, 7)]
)
def test_stock_is_changed_with_a_reason(boss: APIClient, verb: str, units: int, left: int) -> None:
    changed = post(boss, f"stock/MUG/{verb}", {"units": units, "reason": "as counted"})
    assert changed.json() == {"sku": "MUG", "on_hand": left, "reserved": 0, "available": left}
    assert OperatorAct.objects.get(subject="MUG").reason == "as counted"


def test_stock_that_orders_hold_cannot_go(boss: APIClient, shop: Shop) -> None:
    shop.order({"MUG": 10})
    settle()
    refused = post(boss, "stock/MUG/write-off", {"units": 1, "reason": "broken"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/stock-refused")
    assert StockItem.objects.get(sku="MUG").on_hand == 10


def test_only_what_was_received_is_adjusted(boss: APIClient) -> None:
    assert post(boss, "stock/UNICORN/adjust", {"units": 1, "reason": "x"}).status_code == 404
    assert post(boss, "stock/UNICORN/receive", {"units": 1, "reason": "x"}).status_code == 200
    too_long = post(boss, f"stock/{'U' * 41}/receive", {"units": 1, "reason": "x"})
    assert too_long.status_code == 404


@pytest.mark.parametrize("sku", ["%00", "a%00b", "x" * 500])
def test_what_no_sku_can_be_is_not_found(boss: APIClient, sku: str) -> None:
    assert boss.get(f"/api/v1/products/{sku}").status_code == 404
    assert patch(boss, f"products/{sku}", {"reason": "x"}).status_code == 404
    assert post(boss, f"stock/{sku}/receive", {"units": 1, "reason": "x"}).status_code == 404


@pytest.mark.parametrize("reason", [" ", "", 7, None, "x\x00", "x" * 501])
def test_a_reason_is_a_text_that_says_something(boss: APIClient, reason: Any) -> None:
    refused = post(boss, "stock/MUG/receive", {"units": 1, "reason": reason})
    assert [error["pointer"] for error in refused.json()["errors"]] == ["#/reason"]


def test_the_dearest_goods_are_a_sum_that_can_be_ordered(boss: APIClient, ada: APIClient) -> None:
    assert post(boss, "products", {**BOWL, "unit_price": 10**11 + 1}).status_code == 400
    assert post(boss, "products", {**BOWL, "unit_price": 10**11}).status_code == 201
    lines = [{"sku": "BOWL", "quantity": 10_000}] * 100
    wanted = {"lines": lines, "payment_method": "pm_card_visa"}
    assert post(ada, "orders", wanted).status_code == 202


def test_dead_letters_are_listed_redriven_and_discarded(boss: APIClient, shop: Shop) -> None:
    order = shop.order()
    payload = dict(Message.objects.get(correlation_id=order.id, type="OrderPlaced").payload)
    Message.objects.filter(correlation_id=order.id).update(payload={"order_id": "none"})
    settle()
    dead = boss.get(f"/api/v1/operations/dead-letters?order={order.id}").json()["results"]
    assert {each["order_id"] for each in dead} == {str(order.id)}
    status = boss.get("/api/v1/operations/status").json()
    assert sum(each["dead"] for each in status) == len(dead)

    Message.objects.filter(correlation_id=order.id).update(payload=payload)
    # Read models that were never told of an order could not take in what comes next.
    named = [each["id"] for each in sorted(dead, key=lambda each: each["subscriber"] == GROUP)]
    act = {"dead_letters": named[:1], "reason": "not needed"}
    assert post(boss, "operations/dead-letters/discard", act).json() == {"dead_letters": named[:1]}
    again = {"dead_letters": named, "reason": "mended"}
    redriven = post(boss, "operations/dead-letters/redrive", again)
    assert redriven.json() == {"dead_letters": named[1:]}
    settle()
    assert boss.get("/api/v1/operations/dead-letters").json()["results"] == []
    assert User.objects.get(username="one of admin").username in {
        act.actor for act in OperatorAct.objects.filter(verb="redrive")
    }
