"""The server of a storefront acts for customers and guests, within its scopes, on record."""

from typing import Any

import pytest
from django.core import mail
from rest_framework.test import APIClient

from config.access.scopes import SCOPES
from config.access.tokens import TokenNotIssued, issue_service_token, revoke_token
from config.models import ApiToken
from orders.models import Customer, Order
from orders.services import confirm, erase_customer
from outbox.models import OperatorAct
from testkit.delivering import settle
from testkit.shop import Shop, outcome
from tests.api.test_accounts import Browser, mailed, sign_up

ORDERS, GUESTS = "/api/v1/orders", "/api/v1/guest-orders"
MUG = {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_card_visa"}
GRACE = {"email": "Grace@quux.example", "name": "Grace Quux"}


def storefront(*scopes: str) -> APIClient:
    _, secret = issue_service_token(
        name="web shop", scopes=scopes or tuple(SCOPES), reason="a test", actor="tests"
    )
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


@pytest.fixture
def server(shop: Shop) -> APIClient:  # noqa: ARG001 - the tables
    return storefront()


def place(client: APIClient, customer: Customer | None, body: Any = MUG, **more: Any) -> Any:
    whom: dict[str, Any] = {"HTTP_ON_BEHALF_OF": str(customer.id)} if customer else {}
    return client.post(ORDERS, body, format="json", **whom, **more)


def test_a_storefront_orders_for_any_customer_and_is_named_for_it(
    server: APIClient, audited: Shop
) -> None:
    bob = Customer.objects.create(name="Bob")
    for customer in (audited.customer, bob):
        placed = place(server, customer)
        assert placed.status_code == 202
        order = Order.objects.get(pk=placed.json()["id"])
        assert order.customer == customer
        act = OperatorAct.objects.get(correlation_id=order.id)
        token = ApiToken.objects.get()
        assert (act.actor, act.verb) == (f"service token {token.pk}", "place order")
    settle()
    whom: dict[str, Any] = {"HTTP_ON_BEHALF_OF": str(bob.id)}
    assert [each["id"] for each in server.get(ORDERS, **whom).json()["results"]] == [str(order.id)]
    other = Order.objects.get(customer=audited.customer)
    assert server.post(f"{ORDERS}/{other.id}/cancel", {}, format="json", **whom).status_code == 404
    assert server.post(f"{ORDERS}/{order.id}/cancel", {}, format="json", **whom).status_code == 202
    settle()
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    verbs = OperatorAct.objects.filter(correlation_id=order.id).order_by("pk")
    assert [act.verb for act in verbs] == ["place order", "cancel order"]


def test_without_a_customer_or_for_none_that_exists_nothing_is_ordered(
    server: APIClient, shop: Shop
) -> None:
    assert place(server, None).status_code == 403
    for whom in ("nonsense", "01936f2e-8b1c-7c3d-9a4e-5f60718293a4"):
        answer = server.post(ORDERS, MUG, format="json", HTTP_ON_BEHALF_OF=whom)
        assert answer.status_code == 403
    erase_customer(customer_id=shop.customer.id, reason="asked for it", actor="grace")
    assert place(server, shop.customer).status_code == 403
    assert not Order.objects.exists()


def test_a_person_acts_for_nobody_else(ada: APIClient, bob: APIClient, shop: Shop) -> None:
    for client in (ada, bob):
        assert place(client, shop.customer).status_code == 403
    assert not Order.objects.exists()


def test_one_key_for_two_customers_is_no_repetition(server: APIClient, shop: Shop) -> None:
    bob = Customer.objects.create(name="Bob")
    key = {"HTTP_IDEMPOTENCY_KEY": "one-key-for-both"}
    first = place(server, shop.customer, **key)
    assert place(server, shop.customer, **key).json() == first.json()
    assert place(server, bob, **key).status_code == 422


@pytest.mark.usefixtures("shop")
def test_a_service_token_has_scopes_that_exist_and_ends() -> None:
    for scopes in ([], ["orders:everything"]):
        with pytest.raises(TokenNotIssued):
            issue_service_token(name="shop", scopes=scopes, reason="a test", actor="tests")
    server = storefront("products:read")
    assert server.get("/api/v1/products").status_code == 200
    revoke_token(ApiToken.objects.get().pk, reason="a test", actor="tests")
    assert server.get("/api/v1/products").status_code == 401


def test_staff_issue_list_and_revoke_them_in_the_api(boss: APIClient) -> None:
    where = "/api/v1/service-tokens"
    wanted = {"name": "web shop", "scopes": ["products:read"], "days": 7, "reason": "launch"}
    issued = boss.post(where, wanted, format="json")
    assert issued.status_code == 201
    secret, number = issued.json()["token"], issued.json()["id"]
    assert secret not in boss.get(where).content.decode()
    assert [each["scopes"] for each in boss.get(where).json()["results"]] == [["products:read"]]
    kept = boss.post(where, wanted, format="json", HTTP_IDEMPOTENCY_KEY="it-would-be-stored")
    assert kept.status_code == 422
    wrong = boss.post(where, {**wanted, "scopes": ["orders:all"]}, format="json")
    assert wrong.status_code == 400
    server = APIClient()
    server.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert server.get("/api/v1/products").status_code == 200
    revoked = boss.post(f"{where}/{number}/revoke", {"reason": "leaked"}, format="json")
    assert revoked.json()["revoked_at"] is not None
    assert server.get("/api/v1/products").status_code == 401
    own = ApiToken.objects.exclude(pk=number).get()
    assert boss.post(f"{where}/{own.pk}/revoke", {"reason": "x"}, format="json").status_code == 404


def test_a_guest_orders_without_an_account_and_claims_the_orders_by_confirming(
    server: APIClient, audited: Shop
) -> None:
    first, second = (
        server.post(GUESTS, {**MUG, "guest": guest}, format="json")
        for guest in (GRACE, {**GRACE, "email": "grace@QUUX.example"})
    )
    assert first.status_code == second.status_code == 202
    guest = Customer.objects.get(guest_email="grace@quux.example")
    assert guest.orders.count() == 2
    settle()
    browser = Browser()
    sign_up(browser, **GRACE)
    confirm(token=mailed(), password="nine wooden teapots")
    browser.sign_in(GRACE["email"])
    shown = browser.client.get(ORDERS).json()["results"]
    assert {each["id"] for each in shown} == {first.json()["id"], second.json()["id"]}
    third = server.post(GUESTS, {**MUG, "guest": GRACE}, format="json")
    settle()
    assert third.json()["id"] in browser.client.get(ORDERS).content.decode()
    assert audited.customer.orders.count() == 0
    assert mail.outbox


def test_nobody_claims_a_guests_orders_without_reading_the_mail(server: APIClient) -> None:
    server.post(GUESTS, {**MUG, "guest": GRACE}, format="json")
    sign_up(Browser(), **GRACE)
    settle()
    assert Customer.objects.get(guest_email="grace@quux.example").user is None


def test_customers_do_not_order_for_guests(ada: APIClient) -> None:
    answer = ada.post(GUESTS, {**MUG, "guest": GRACE}, format="json")
    assert answer.status_code == 403


def test_an_answer_says_how_many_requests_are_left(ada: APIClient, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE, settings.SERVICE_REQUESTS_PER_MINUTE = 2, 5
    left = [ada.get("/api/v1/products") for _ in range(3)]
    assert [each.status_code for each in left] == [200, 200, 429]
    assert [each.headers["RateLimit"].partition(";t=")[0] for each in left] == [
        '"user";r=1',
        '"user";r=0',
        '"user";r=0',
    ]
    assert left[0].headers["RateLimit-Policy"] == '"user";q=2;w=60'
    assert 0 < int(left[2].headers["Retry-After"]) <= 60
    server = storefront()
    answers = [server.get("/api/v1/products") for _ in range(6)]
    assert [each.status_code for each in answers] == [*[200] * 5, 429]
    assert answers[0].headers["RateLimit"].startswith('"token";r=4')
