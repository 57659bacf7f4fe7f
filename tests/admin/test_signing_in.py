"""Signing in to the admin: throttled, told of, and over after a while."""

import base64
import logging
from datetime import timedelta
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import Client
from django_otp.oath import totp
from pytest_django import Settings

from outbox.models import OperatorAct
from tests.environments import DEVELOPMENT, settings_in

pytestmark = pytest.mark.django_db

PASSWORD = "seven words that nobody has guessed yet"
LOGIN = "/admin/login/"


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password=PASSWORD, is_staff=True)


@pytest.fixture(autouse=True)
def _three_tries(settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def sign_in(client: Client, password: str = PASSWORD, user: str = "ada", **more: str) -> Any:
    address = more.pop("address", "192.0.2.1")
    form = {"username": user, "password": password, **more}
    return client.post(LOGIN, form, REMOTE_ADDR=address)


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


def acts() -> list[tuple[str, str, str]]:
    return list(OperatorAct.objects.order_by("pk").values_list("actor", "verb", "subject"))


@pytest.mark.usefixtures("ada")
def test_an_account_is_closed_after_too_many_wrong_passwords_from_anywhere(client: Client) -> None:
    for number in range(3):
        sign_in(client, "wrong", address=f"192.0.2.{number}")
    refused = sign_in(client, address="192.0.2.9")
    assert (refused.status_code, is_in(client)) == (429, False)


@pytest.mark.usefixtures("ada")
def test_an_address_is_closed_after_too_many_wrong_passwords_for_anybody(client: Client) -> None:
    for number in range(3):
        sign_in(client, "wrong", user=f"guess {number}")
    assert sign_in(client).status_code == 429
    assert sign_in(client, address="192.0.2.2").status_code == 302


@pytest.mark.usefixtures("ada")
def test_a_closed_door_opens_again_after_a_while_although_somebody_goes_on_trying(
    client: Client,
) -> None:
    for _ in range(3):
        sign_in(client, "wrong")
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=14))
    assert sign_in(client).status_code == 429
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=2))
    assert sign_in(client).status_code == 302


@pytest.mark.usefixtures("ada")
def test_a_closed_door_costs_no_hash_of_a_password(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        sign_in(client, "wrong")

    def hashed(*_: Any) -> None:
        raise AssertionError("a password was hashed")

    monkeypatch.setattr(User, "check_password", hashed)
    monkeypatch.setattr(User, "set_password", hashed)
    assert sign_in(client).status_code == 429


@pytest.mark.usefixtures("ada")
def test_who_signs_in_or_out_and_who_tries_to_is_on_record(client: Client) -> None:
    sign_in(client, "wrong")
    sign_in(client)
    client.post("/admin/logout/")
    for _ in range(5):
        sign_in(client, "wrong")
    wrong = ("not signed in", "refuse to sign in", "ada")
    assert acts() == [
        wrong,
        ("ada", "sign in", "ada"),
        ("ada", "sign out", "ada"),
        *(wrong, wrong),
        ("not signed in", "lock out", "ada"),
    ]


@pytest.mark.usefixtures("ada")
def test_what_was_typed_as_a_name_is_kept_out_of_log_and_records(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(4):
        sign_in(client, "wrong", user=PASSWORD)
    events = [record.msg["event"] for record in caplog.records if isinstance(record.msg, dict)]
    assert events.count("sign_in_refused") == 4
    assert "locked_out" in events
    assert PASSWORD not in caplog.text
    assert [verb for _, verb, _ in acts()] == ["lock out"]
    assert PASSWORD not in str(list(OperatorAct.objects.values()))


def pass_time(client: Client, minutes: float, *, but: str = "") -> None:
    """Let a session have begun, and been used for the last time, so much earlier."""
    session = client.session
    for sign in {"began", "seen"} - {but}:
        session[sign] -= minutes * 60
    session.save()


def test_a_session_ends_when_nothing_was_done_for_a_while(client: Client, ada: User) -> None:
    client.force_login(ada)
    for _ in range(3):
        pass_time(client, 29)
        assert is_in(client)
    pass_time(client, 31)
    assert not is_in(client)


def test_a_session_ends_after_a_working_day_whatever_is_done(client: Client, ada: User) -> None:
    client.force_login(ada)
    pass_time(client, 12 * 60 - 1, but="seen")
    assert is_in(client)
    pass_time(client, 2, but="seen")
    assert not is_in(client)


def test_a_session_is_written_down_once_a_minute_at_most(client: Client, ada: User) -> None:
    client.force_login(ada)
    pass_time(client, 0.5)
    seen = client.session["seen"]
    assert is_in(client)
    assert client.session["seen"] == seen


def enrol() -> bytes:
    """Give Ada an authenticator, and return its secret as she would read it."""
    printed = StringIO()
    call_command("totp", "enrol", "ada", "--reason", "she asked", stdout=printed)
    address = urlsplit(printed.getvalue().strip())
    assert address.scheme == "otpauth"
    return base64.b32decode(parse_qs(address.query)["secret"][0])


@pytest.mark.usefixtures("ada")
def test_whoever_has_an_authenticator_signs_in_with_its_code_only(client: Client) -> None:
    secret = enrol()
    asked = sign_in(client)
    assert "Enter the code that your authenticator shows." in asked.content.decode()
    assert PASSWORD not in asked.content.decode()
    assert not is_in(client)
    assert sign_in(client, otp_token=f"{totp(secret):06}").status_code == 302
    assert is_in(client)


@pytest.mark.usefixtures("ada")
def test_a_wrong_code_is_refused_and_on_record(client: Client) -> None:
    wrong = (totp(enrol()) + 1) % 1_000_000
    assert sign_in(client, otp_token=f"{wrong:06}").status_code == 200
    assert not is_in(client)
    assert acts()[-1] == ("not signed in", "refuse to sign in", "ada")


@pytest.mark.usefixtures("ada")
def test_a_code_is_good_once(client: Client) -> None:
    code = f"{totp(enrol()):06}"
    assert sign_in(client, otp_token=code).status_code == 302
    assert sign_in(Client(), otp_token=code).status_code == 200


@pytest.mark.usefixtures("ada")
def test_without_an_authenticator_nobody_gets_in_where_one_is_required(
    client: Client, settings: Settings
) -> None:
    settings.STAFF_TOTP_REQUIRED = True
    for code in ("", "123456"):
        sign_in(client, otp_token=code)
        assert not is_in(client)


@pytest.mark.usefixtures("ada")
def test_an_authenticator_that_was_lost_is_taken_away(client: Client) -> None:
    enrol()
    call_command("totp", "remove", "ada", "--reason", "it fell into the sea")
    assert sign_in(client).status_code == 302
    assert [verb for _, verb, _ in acts()] == [
        "enrol second factor",
        "remove second factor",
        "sign in",
    ]
    for words in (("remove", "ada"), ("enrol", "bob")):
        with pytest.raises(CommandError):
            call_command("totp", *words, "--reason", "again")


def test_a_password_is_as_long_as_the_setting_says(settings: Settings) -> None:
    longer = settings_in({**DEVELOPMENT, "PASSWORD_LENGTH": "15"})
    for each, wanted in ((settings, 12), (longer, 15)):
        (length,) = (
            validator["OPTIONS"]["min_length"]
            for validator in each.AUTH_PASSWORD_VALIDATORS
            if validator["NAME"].endswith("MinimumLengthValidator")
        )
        assert length == wanted


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("10.0.0.1, 192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        *[(text, "127.0.0.1") for text in ("unknown", "", "a, b", "\x00", "1" * 300)],
    ],
)
def test_what_a_proxy_calls_no_address_is_none_and_harms_nothing(
    client: Client, settings: Settings, forwarded: str, address: str
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    client.post(LOGIN, {"username": "ada", "password": "no"}, HTTP_X_FORWARDED_FOR=forwarded)
    assert AccessAttempt.objects.get().ip_address == address
