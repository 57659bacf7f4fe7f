"""API tokens: kept as a digest, good for a time, revoked at once."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from config.access import authentication
from config.access.authentication import TokenAuthentication
from config.models import ApiToken
from orders.models import Customer
from outbox.models import OperatorAct


def issue(*options: str, user: str = "ada") -> str:
    printed = StringIO()
    words = ["--name", "the storefront", "--reason", "it opens today", *options]
    call_command("tokens", "issue", user, *words, stdout=printed)
    return printed.getvalue().strip()


def status_with(secret: str) -> int:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return int(client.get("/api/v1/products").status_code)


@pytest.fixture
def user(transactional_db: None) -> User:  # noqa: ARG001 - the tables
    return User.objects.create_user("ada")


def test_a_token_opens_the_api_until_it_is_revoked(user: User) -> None:
    secret = issue()
    assert status_with(secret) == 200
    token = ApiToken.objects.get(user=user)
    call_command("tokens", "revoke", str(token.pk), "--reason", "it leaked", stdout=StringIO())
    assert status_with(secret) == 401
    assert [act.verb for act in OperatorAct.objects.order_by("id")] == [
        "issue token",
        "revoke token",
    ]


def test_a_token_expires_by_the_clock_of_the_database(user: User) -> None:
    secret = issue("--days", "1")
    token = ApiToken.objects.get(user=user)
    assert timedelta(hours=23) < token.expires_at - timezone.now() <= timedelta(days=1)
    ApiToken.objects.update(expires_at=timezone.now())
    assert status_with(secret) == 401


@pytest.mark.usefixtures("user")
def test_no_table_holds_what_could_be_used() -> None:
    secret = issue()
    with connection.cursor() as cursor:
        for table in ("config_apitoken", "outbox_operatoract"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{secret}%"])  # noqa: S608 - our own tables
            assert cursor.fetchone() == (0,)


@pytest.mark.usefixtures("user")
def test_tokens_are_listed_with_their_standing_and_never_in_full() -> None:
    secret, printed = issue(), StringIO()
    ApiToken.objects.update(revoked_at=timezone.now())
    issue()
    call_command("tokens", "list", "ada", stdout=printed)
    revoked, good = printed.getvalue().splitlines()
    assert "revoked" in revoked
    assert "good until" in good
    assert secret not in printed.getvalue()


@pytest.mark.parametrize(
    "words",
    [
        ["issue", "nobody", "--name", "x", "--reason", "y"],
        ["issue", "ada", "--name", "x", "--reason", " "],
        ["revoke", "999999", "--reason", "y"],
        ["list", "nobody"],
    ],
)
@pytest.mark.usefixtures("user")
def test_what_cannot_be_done_is_one_line_and_changes_nothing(words: list[str]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("tokens", *words, stdout=StringIO())
    assert (refused.value.returncode, "\n" in str(refused.value)) == (2, False)
    assert not ApiToken.objects.exists()


def test_a_user_who_may_not_log_in_gets_no_token(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(CommandError, match="may not log in"):
        issue()


@pytest.mark.usefixtures("user")
def test_who_asks_is_found_with_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    secret = issue()
    with django_assert_num_queries(2):
        assert status_with(secret) == 200


def test_whoever_a_token_stands_for_is_whom_it_was_issued_to(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True)
    customer = Customer.objects.create(name="Ada Lovelace", country="United Kingdom", user=user)
    found, _ = TokenAuthentication().authenticate_credentials(issue())
    names = ("pk", "username", "is_staff", "is_superuser", "is_active", "email")
    user.refresh_from_db()
    assert {name: getattr(found, name) for name in names} == {
        name: getattr(user, name) for name in names
    }
    assert (found.customer.pk, found.customer.name) == (customer.pk, "Ada Lovelace")


@pytest.mark.usefixtures("user")
def test_a_session_that_postgresql_has_ended_is_not_noticed_by_the_next_request() -> None:
    secret = issue()
    ended = connection.connection.info.backend_pid
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [ended])
    other.close()
    assert status_with(secret) == 200
    assert connection.connection.info.backend_pid != ended


@pytest.mark.usefixtures("user")
def test_a_query_that_was_cancelled_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        authentication, "_GOOD", "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(5), %s"
    )
    before = connection.connection.info.backend_pid
    with pytest.raises(OperationalError):
        TokenAuthentication().authenticate_credentials("any")
    assert connection.connection.info.backend_pid == before
