"""People change their own password in the admin: on record, not guessed, and of no known word."""

from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from outbox.models import OperatorAct
from tests.environments import DEVELOPMENT, settings_in

pytestmark = pytest.mark.django_db

OLD, NEW = "seven words that nobody has guessed", "eight words that nobody has guessed"
ADDRESS = "/admin/password_change/"


@pytest.fixture
def ada(client: Client, settings: Settings) -> User:
    settings.AXES_FAILURE_LIMIT = 3
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = User.objects.create_user("ada", password=OLD, is_staff=True)
    client.force_login(user)
    return user


def change(client: Client, old: str = OLD, new: str = NEW) -> Any:
    form = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post(ADDRESS, form)


def test_a_change_of_ones_own_password_is_on_record(client: Client, ada: User) -> None:
    assert client.get(ADDRESS).status_code == 200
    assert change(client).status_code == 302
    act = OperatorAct.objects.latest("pk")
    assert (act.actor, act.verb, act.subject) == ("ada", "set password", "ada")
    ada.refresh_from_db()
    assert ada.check_password(NEW)
    assert client.get("/admin/").status_code == 200


def test_an_open_session_does_not_serve_to_guess_the_password(client: Client, ada: User) -> None:
    asked = change(client, old="a guess").content.decode()
    assert "old password was entered incorrectly" in asked
    assert [change(client, old=f"guess {each}").status_code for each in range(2)] == [200, 429]
    assert change(client).status_code == 429
    ada.refresh_from_db()
    assert ada.check_password(OLD)
    assert not OperatorAct.objects.filter(verb="set password").exists()


@pytest.mark.parametrize("new", ["seven Teapots of the shop", "my TEAPOTSHOPtersecret"])
def test_a_word_of_the_shop_is_in_no_password(
    client: Client, ada: User, settings: Settings, new: str
) -> None:
    made = settings_in({**DEVELOPMENT, "PASSWORD_WORDS": "teapot, kettle"})
    settings.AUTH_PASSWORD_VALIDATORS = made.AUTH_PASSWORD_VALIDATORS
    assert "is easily guessed of this shop" in change(client, new=new).content.decode()
    assert change(client).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(NEW)


def test_a_stored_password_costs_whoever_guesses_it_what_owasp_asks_for() -> None:
    hasher: Any = get_hasher("pbkdf2_sha256")
    assert settings_in(DEVELOPMENT).__dict__.get("PASSWORD_HASHERS") is None
    assert hasher.iterations >= 600_000
