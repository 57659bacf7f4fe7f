"""Guests follow the order whose token they have, and order without any where the shop lets them."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from pytest_django import Settings
from rest_framework.test import APIClient

from config.access.permissions import METHODS
from orders.models import Customer, Order
from orders.services import confirm
from testkit.delivering import settle
from testkit.shop import Shop
from tests.api.test_access import ACCESS, OPEN, PUBLIC, Adas, adas, ask
from tests.api.test_accounts import Browser, mailed, sign_up
from tests.api.test_service_tokens import GRACE, GUESTS, MUG, ORDERS, storefront

__all__ = ["adas"]

ASKS = {**MUG, "payment_method": "pm_sandbox_action"}
FOR_GUESTS = {
    ("orders/<uuid:order_id>", "GET"),
    ("orders/<uuid:order_id>/timeline", "GET"),
    ("orders/<uuid:order_id>/next-action", "GET"),
}


def order(client: APIClient, body: Any = MUG, **more: Any) -> Any:
    return client.post(GUESTS, {**body, "guest": GRACE}, format="json", **more)


def guest(placed: Any) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_GUEST_TOKEN=placed.json()["guest_token"])
    return client


@pytest.fixture
def anonymous(nobody: APIClient, settings: Settings) -> APIClient:
    settings.ANONYMOUS_GUESTS = True
    return nobody


@pytest.mark.usefixtures("shop")
def test_a_guest_whose_bank_asks_learns_what_to_do_and_follows_the_order() -> None:
    placed = order(storefront("orders:guests"), ASKS)
    settle()
    where, browser = f"{ORDERS}/{placed.json()['id']}", guest(placed)
    shown = browser.get(where).json()
    assert (shown["payment_status"], shown["customer_name"]) == ("awaiting_customer", "")
    action = browser.get(f"{where}/next-action").json()["next_action"]
    assert action["type"] == "confirm_payment"
    assert action["redirect_to"]
    assert browser.get(f"{where}/timeline").status_code == 200


def test_a_storefront_reads_what_its_customer_has_to_do(shop: Shop) -> None:
    whom: dict[str, Any] = {"HTTP_ON_BEHALF_OF": str(shop.customer.id)}
    server = storefront("orders:place")
    placed = server.post(ORDERS, ASKS, format="json", **whom)
    settle()
    where = f"{ORDERS}/{placed.json()['id']}/next-action"
    assert server.get(where, **whom).json()["next_action"]["redirect_to"]
    whom["HTTP_ON_BEHALF_OF"] = str(Customer.objects.create(name="Bob").id)
    assert server.get(where, **whom).status_code == 404


def test_a_guests_token_opens_that_order_alone(adas: Adas) -> None:
    first, second = (order(storefront("orders:guests")) for _ in range(2))
    settle()
    browser = guest(first)
    for placed, status in ((first, 200), (second, 403)):
        assert browser.get(f"{ORDERS}/{placed.json()['id']}").status_code == status
    for path, rights in ACCESS.items():
        for method, who in rights.items():
            answer = ask(browser, method, adas.address(path))
            expected = {**OPEN, PUBLIC: {400, 401}}.get(who, {403})
            assert answer.status_code in expected, (path, method)
            assert b"Ada" not in answer.content
    own = {**adas.ids, "uuid:order_id": first.json()["id"]}
    opened = {
        (path, method)
        for path in ACCESS
        if "order_id" in path
        for method in METHODS
        if ask(browser, method, Adas(own).address(path)).status_code == 200
    }
    assert opened == FOR_GUESTS


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("token", ["", "guess", "0193f2e8b1c7c3d9a4e5f60718293a4:1abc:forged", "ä"])
def test_a_forged_token_opens_nothing(token: str) -> None:
    placed = order(storefront("orders:guests"))
    client = APIClient(raise_request_exception=False)
    answer = client.get(f"{ORDERS}/{placed.json()['id']}", headers={"guest-token": token})
    assert answer.status_code == 401


def test_without_the_setting_nobody_orders_without_a_token(nobody: APIClient) -> None:
    assert order(nobody).status_code == 401
    assert not Order.objects.exists()


def test_where_the_shop_lets_them_guests_order_and_claim_it_as_ever(anonymous: APIClient) -> None:
    first = order(anonymous)
    assert first.status_code == 202
    settle()
    assert guest(first).get(f"{ORDERS}/{first.json()['id']}").json()["status"] == "confirmed"
    browser = Browser()
    sign_up(browser, **GRACE)
    confirm(token=mailed(), password="nine wooden teapots")
    browser.sign_in(GRACE["email"])
    assert first.json()["id"] in browser.client.get(ORDERS).content.decode()


def test_nobody_puts_an_order_into_the_account_of_another(anonymous: APIClient) -> None:
    sign_up(Browser(), **GRACE)
    confirm(token=mailed(), password="nine wooden teapots")
    grace = Customer.objects.get(confirmed_email=GRACE["email"].lower())
    placed = order(anonymous)
    assert placed.status_code == 202
    assert not grace.orders.exists()
    assert order(storefront("orders:guests")).status_code == 202
    assert grace.orders.count() == 1


def test_an_anonymous_order_that_is_sent_twice_is_placed_once(anonymous: APIClient) -> None:
    key = {"HTTP_IDEMPOTENCY_KEY": "the-key-of-one-guest"}
    first, again = (order(anonymous, **key) for _ in range(2))
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    assert Order.objects.count() == 1
    assert order(anonymous, ASKS, **key).status_code == 422
    assert not User.objects.get(username="guests").has_usable_password()


def test_few_anonymous_orders_come_from_an_address(
    anonymous: APIClient, settings: Settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 600
    statuses = [anonymous.post(GUESTS, {}, format="json").status_code for _ in range(21)]
    assert statuses == [*[400] * 20, 429]


def test_a_person_who_is_known_does_not_order_as_a_guest(
    anonymous: APIClient, ada: APIClient
) -> None:
    assert order(ada).status_code == 403
    assert order(anonymous, {**MUG, "flow": "reserve_first"}).status_code == 403


def test_mails_of_accounts_speak_the_persons_language_and_say_nothing_that_was_typed(
    anonymous: APIClient,
) -> None:
    browser = Browser()
    sign_up(browser, **GRACE, language="de")
    settle()
    assert mail.outbox[-1].subject == "Bestätigen Sie Ihre E-Mail-Adresse"
    confirm(token=mailed(), password="nine wooden teapots")
    assert Customer.objects.get(confirmed_email=GRACE["email"].lower()).language == "de"
    for email, subject in (
        (GRACE["email"], "Wählen Sie ein neues Passwort"),
        ("nobody@quux.example", "There is no account with this address"),
    ):
        browser.ask("post", "/api/v1/account/password-resets", {"email": email})
        settle()
        assert mail.outbox[-1].subject == subject
    assert all(GRACE["name"] not in str(each.message()) for each in mail.outbox)
    german = {**MUG, "guest": {"email": "max@quux.example", "name": "Max", "language": "de"}}
    assert anonymous.post(GUESTS, german, format="json").status_code == 202
    assert Order.objects.latest("pk").language == "de"
