"""Customers sign up, confirm their address and sign in; nobody learns of others."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db.models import F
from django.test import Client
from pytest_django import Settings

from config.personal_data.records import tables_with
from orders.models import Customer, EmailConfirmation
from orders.services import erase_customer, forget_confirmations
from outbox.models import Message, OperatorAct
from testkit.delivering import settle
from testkit.shop import Shop

HERE = "/api/v1/account"
ADA, PASSWORD, OTHER = "ada@quux.example", "nine wooden teapots", "ten wooden teapots"
OFFERED = {"email": ADA, "name": "Ada Quux"}


class Browser:
    """A page of the storefront: it has cookies, and sends the token against forgery."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self.token = ""

    def ask(self, method: str, path: str, body: Any = None, **more: str) -> Any:
        send = getattr(self.client, method)
        headers = {"HTTP_X_CSRFTOKEN": self.token, **more}
        if method == "get":
            return send(path, **headers)
        return send(path, body or {}, content_type="application/json", **headers)

    def sign_in(self, email: str = ADA, password: str = PASSWORD, **more: str) -> Any:
        self.token = self.client.get(f"{HERE}/session").json()["csrf_token"]
        answer = self.ask("post", f"{HERE}/session", {"email": email, "password": password}, **more)
        if answer.status_code == 200:
            self.token = answer.json()["csrf_token"]
        return answer

    def is_in(self) -> bool:
        return bool(self.client.get("/api/v1/customers/me").status_code == 200)


@pytest.fixture(autouse=True)
def _quick_and_without_limits(settings: Settings, shop: Shop) -> None:  # noqa: ARG001 - the tables
    settings.API_REQUESTS_PER_MINUTE = 0
    settings.AXES_FAILURE_LIMIT = 3
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def browser() -> Browser:
    return Browser()


def mailed() -> str:
    """Return the token of the last mail, once it is sent."""
    settle()
    found = re.search(r"^\S*([0-9a-f]{32}:\S+)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[1].strip()


def confirm(browser: Browser, token: str, password: str | None = PASSWORD) -> Any:
    body = {"token": token, **({"password": password} if password else {})}
    return browser.ask("post", f"{HERE}/confirmations", body)


def sign_up(browser: Browser, **more: str) -> None:
    answer = browser.ask("post", f"{HERE}/sign-ups", {**OFFERED, **more})
    assert (answer.status_code, answer.content) == (202, b"")


@pytest.fixture
def ada(browser: Browser) -> Customer:
    """Return a customer who has signed up and confirmed her address."""
    sign_up(browser)
    assert confirm(browser, mailed()).json() == {"purpose": "sign_up"}
    return Customer.objects.get(confirmed_email=ADA)


def test_who_signs_up_and_confirms_can_order(ada: Customer, browser: Browser) -> None:
    assert browser.sign_in().json()["customer_id"] == str(ada.id)
    order = {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_card_visa"}
    placed = browser.ask("post", "/api/v1/orders", order)
    assert placed.status_code == 202
    assert ada.orders.get().id.hex in placed.json()["id"].replace("-", "")
    assert (ada.name, ada.email, ada.user and ada.user.email) == ("Ada Quux", ADA, "")


def test_without_a_confirmation_there_is_no_account(browser: Browser) -> None:
    sign_up(browser)
    settle()
    assert not Customer.objects.filter(email=ADA).exists()
    assert browser.sign_in().status_code == 403


def test_the_reader_of_the_mail_chooses_the_password_not_who_signed_up(browser: Browser) -> None:
    sign_up(browser)
    assert confirm(browser, mailed(), None).status_code == 422
    weak = confirm(browser, mailed(), "teapot")
    assert (weak.status_code, weak.json()["type"]) == (422, "/problems/password-refused")
    assert weak.json()["errors"][0]["pointer"] == "#/password"
    assert confirm(browser, mailed(), ADA).status_code == 422
    assert confirm(browser, mailed()).status_code == 200


def test_a_link_works_once_for_its_time_and_cannot_be_forged(browser: Browser) -> None:
    sign_up(browser)
    token = mailed()
    for forged in ("x", token[:-1], token.replace(token[0], "f" if token[0] != "f" else "e")):
        assert confirm(browser, forged).status_code == 422
    EmailConfirmation.objects.update(requested_at=F("requested_at") - timedelta(hours=25))
    assert confirm(browser, token).json()["type"] == "/problems/confirmation-refused"
    EmailConfirmation.objects.update(requested_at=F("requested_at") + timedelta(hours=25))
    assert confirm(browser, token).status_code == 200
    assert confirm(browser, token).status_code == 422


def test_no_message_log_or_table_has_the_token_or_the_address(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sign_up(browser)
    token = mailed()
    assert [table for table, _ in tables_with(token.partition(":")[2])] == []
    assert [table for table, _ in tables_with(ADA)] == ["orders_emailconfirmation"]
    (message,) = Message.objects.filter(type="EmailConfirmationRequested")
    assert message.payload.keys() == {"confirmation_id"}
    logged = "\n".join(str(record.msg) for record in caplog.records)
    assert token.partition(":")[2] not in logged
    assert ADA not in logged


@pytest.mark.usefixtures("ada")
def test_nobody_learns_from_an_answer_who_has_an_account(browser: Browser) -> None:
    EmailConfirmation.objects.all().delete()
    for email in (ADA, "nobody@quux.example"):
        for path, body in (
            ("sign-ups", {"email": email, "name": "Eve"}),
            ("password-resets", {"email": email}),
        ):
            before = Message.objects.count(), EmailConfirmation.objects.count()
            answer = browser.ask("post", f"{HERE}/{path}", body)
            assert (answer.status_code, answer.content) == (202, b"")
            after = Message.objects.count(), EmailConfirmation.objects.count()
            assert after == (before[0] + 1, before[1] + 1)
    settle()
    told = sorted((letter.to[0], letter.subject) for letter in mail.outbox[1:])
    assert told == [
        *[(ADA, "Choose a new password")] * 2,
        ("nobody@quux.example", "Confirm your e-mail address"),
        ("nobody@quux.example", "There is no account with this address"),
    ]
    wrong, unknown = browser.sign_in(password="wrong"), browser.sign_in("nobody@quux.example")
    shown = [{**each.json(), "request_id": ""} for each in (wrong, unknown)]
    assert shown[0] == shown[1]
    assert wrong.json()["type"] == "/problems/sign-in-refused"


def test_nobodys_mailbox_is_flooded(browser: Browser) -> None:
    for _ in range(5):
        sign_up(browser)
    settle()
    assert len(mail.outbox) == 3


@pytest.mark.usefixtures("ada")
def test_a_new_password_ends_all_sessions_and_other_links(browser: Browser) -> None:
    elsewhere = Browser()
    elsewhere.sign_in()
    assert elsewhere.is_in()
    for _ in range(2):
        browser.ask("post", f"{HERE}/password-resets", {"email": ADA.upper()})
        first = mailed()
    assert confirm(browser, first, OTHER).json() == {"purpose": "password"}
    assert not elsewhere.is_in()
    assert EmailConfirmation.objects.filter(used_at=None).count() == 0
    assert browser.sign_in().status_code == 403
    assert browser.sign_in(password=OTHER).status_code == 200


@pytest.mark.usefixtures("ada")
def test_signing_in_needs_the_token_against_forgery_and_so_does_what_changes(
    browser: Browser,
) -> None:
    body = {"email": ADA, "password": PASSWORD}
    assert browser.ask("post", f"{HERE}/session", body).status_code == 403
    browser.sign_in()
    browser.token = ""
    assert browser.ask("patch", "/api/v1/customers/me", {"name": "Eve"}).status_code == 403
    assert browser.ask("delete", f"{HERE}/session").status_code == 403
    assert browser.is_in()


@pytest.mark.usefixtures("ada")
def test_sessions_end_here_or_everywhere(browser: Browser) -> None:
    other = Browser()
    for each in (browser, other):
        each.sign_in()
    assert browser.ask("delete", f"{HERE}/session").status_code == 204
    assert (browser.is_in(), other.is_in()) == (False, True)
    browser.sign_in()
    everywhere = f"{HERE}/sign-out-everywhere"
    assert browser.ask("post", everywhere, {"password": "wrong"}).status_code == 403
    assert other.is_in()
    assert browser.ask("post", everywhere, {"password": PASSWORD}).status_code == 204
    assert (browser.is_in(), other.is_in()) == (False, False)
    assert browser.sign_in().status_code == 200


@pytest.mark.usefixtures("ada")
def test_the_own_password_is_changed_with_the_old_one(browser: Browser) -> None:
    browser.sign_in()
    wanted = {"password": PASSWORD, "new_password": OTHER}
    where = f"{HERE}/password"
    assert browser.ask("post", where, {**wanted, "password": "wrong"}).status_code == 403
    assert browser.ask("post", where, {**wanted, "new_password": "1234"}).status_code == 422
    assert browser.ask("post", where, wanted).status_code == 204
    assert browser.sign_in(password=OTHER).status_code == 200


def test_another_address_counts_once_it_is_confirmed(ada: Customer, browser: Browser) -> None:
    browser.sign_in()
    where, wanted = f"{HERE}/email", {"email": "Countess@quux.example", "password": PASSWORD}
    assert browser.ask("post", where, {**wanted, "password": "wrong"}).status_code == 403
    assert browser.ask("post", where, wanted).status_code == 202
    assert browser.sign_in("countess@quux.example").status_code == 403
    assert confirm(browser, mailed(), None).json() == {"purpose": "email"}
    assert browser.sign_in("countess@quux.example").status_code == 200
    ada.refresh_from_db()
    assert ada.email == ada.confirmed_email == "countess@quux.example"


@pytest.mark.usefixtures("ada")
def test_an_address_belongs_to_one_account(browser: Browser) -> None:
    sign_up(browser, email="bob@quux.example")
    first = mailed()
    sign_up(browser, email="bob@quux.example")
    second = mailed()
    assert confirm(browser, first).status_code == 200
    assert confirm(browser, second).json()["type"] == "/problems/confirmation-refused"
    browser.sign_in()
    browser.ask("post", f"{HERE}/email", {"email": "bob@quux.example", "password": PASSWORD})
    assert confirm(browser, mailed(), None).status_code == 422
    assert Customer.objects.filter(confirmed_email="bob@quux.example").count() == 1


@pytest.mark.usefixtures("ada")
def test_too_many_wrong_passwords_lock_known_and_unknown_addresses_alike() -> None:
    for net, email in enumerate((ADA, "nobody@quux.example")):
        browser = Browser()
        for number in range(3):
            refused = browser.sign_in(email, "wrong", REMOTE_ADDR=f"192.0.{net}.{number}")
        locked = browser.sign_in(email, REMOTE_ADDR=f"192.0.{net}.9")
        assert refused.status_code == locked.status_code == 429
        assert locked.json()["type"] == "/problems/throttled"
        assert int(locked.headers["Retry-After"]) > 0
    assert [table for table, _ in tables_with("quux") if table.startswith("axes")] == []


@pytest.mark.usefixtures("ada")
def test_customers_are_in_the_log_and_not_among_operators_acts(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    browser.sign_in(password="wrong")
    browser.sign_in()
    browser.ask("delete", f"{HERE}/session")
    events = [record.msg.get("event") for record in caplog.records if isinstance(record.msg, dict)]
    assert [each for each in events if each and each.startswith("sign")] == [
        "sign_in_refused",
        "signed_in",
        "signed_out",
    ]
    assert not OperatorAct.objects.filter(verb__contains="sign").exists()


def test_staff_do_not_sign_in_here_nor_get_a_password_by_mail(
    ada: Customer, browser: Browser
) -> None:
    User.objects.filter(customer=ada).update(is_staff=True)
    assert browser.sign_in().status_code == 403
    browser.ask("post", f"{HERE}/password-resets", {"email": ADA})
    settle()
    assert mail.outbox[-1].subject == "There is no account with this address"


def test_a_customer_does_not_get_into_the_admin(ada: Customer, browser: Browser) -> None:
    assert ada.user is not None
    browser.sign_in()
    assert browser.client.get("/admin/").status_code == 302


def test_erasing_leaves_nothing_of_an_account(ada: Customer, browser: Browser) -> None:
    browser.sign_in(password="wrong")
    browser.sign_in()
    browser.ask("post", f"{HERE}/email", {"email": "other@quux.example", "password": PASSWORD})
    erase_customer(customer_id=ada.id, reason="asked for it", actor="grace")
    assert [table for table, _ in tables_with("quux")] == []
    assert [table for table, _ in tables_with(f"customer-{ada.id}") if "axes" in table] == []
    assert not browser.is_in()
    assert browser.sign_in().status_code == 403


def test_what_was_never_confirmed_is_forgotten(browser: Browser) -> None:
    sign_up(browser)
    EmailConfirmation.objects.update(requested_at=F("requested_at") - timedelta(days=8))
    forget_confirmations()
    assert [table for table, _ in tables_with("quux")] == []


def test_requests_for_mails_are_throttled_by_address(browser: Browser, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 600
    statuses = [
        browser.ask(
            "post", f"{HERE}/password-resets", {"email": ADA}, REMOTE_ADDR="192.0.2.50"
        ).status_code
        for _ in range(22)
    ]
    assert statuses == [*[202] * 20, 429, 429]


def test_the_link_leads_to_the_storefront(browser: Browser, settings: Settings) -> None:
    settings.ACCOUNT_URL = "https://shop.example/account"
    sign_up(browser)
    settle()
    assert "https://shop.example/account#token=" in mail.outbox[-1].body
