"""Fixtures that more than one folder uses."""

import math
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.db.backends.postgresql.creation import DatabaseCreation
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker
from whitenoise.middleware import WhiteNoiseMiddleware

from config.postgresql import base
from config.routing import READMODELS
from outbox.delivery import claims
from outbox.webhooks import registered
from payments.gateways import line
from payments.gateways.sandbox import gateway
from tests.crashing import crashes, pytest_terminal_summary
from tests.lanes import handed_twice
from tests.sagas.own import own_saga
from tests.shop import Shop, assert_clean, open_shop
from tests.tables import empty_tables

__all__ = ["crashes", "handed_twice", "own_saga", "pytest_terminal_summary"]


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,  # noqa: ARG001 - the main database
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Create the database of read models too, where they have one of their own."""
    if READMODELS not in connections:
        yield
        return
    database = connections[READMODELS]
    name = database.settings_dict["NAME"]
    with django_db_blocker.unblock():
        database.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    yield
    with django_db_blocker.unblock():
        database.creation.destroy_test_db(name, verbosity=0)


@pytest.fixture
def transactional_db(
    django_db_setup: None,  # noqa: ARG001 - creates the database
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Open the database to real commits, by several threads if need be, and empty it afterwards.

    In place of pytest-django's fixture of this name, which truncates every table.
    """
    with django_db_blocker.unblock():
        yield
        empty_tables()


@pytest.fixture(autouse=True, scope="session")
def _what_may_not_be_truncated_is_emptied_otherwise() -> Iterator[None]:
    """Spare tests with ``django_db(transaction=True)`` Django's TRUNCATE of all tables."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty_tables())
        yield


@pytest.fixture(autouse=True, scope="session")
def _static_files_are_listed_once() -> Iterator[None]:
    """Remember what WhiteNoise found: each test's client begins the middleware anew."""
    listed: dict[str, Any] = {}
    really_list = WhiteNoiseMiddleware.add_files_from_finders

    def list_once(middleware: WhiteNoiseMiddleware) -> None:
        if not listed:
            really_list(middleware)
            listed.update(middleware.files)
        middleware.files.update(listed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", list_once)
        yield


@pytest.fixture(autouse=True)
def _no_session_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget that earlier tests have ended sessions: the one that goes on would be closed too."""
    monkeypatch.setattr(base, "_over", {})


@pytest.fixture(autouse=True, scope="session")
def _endpoints_are_read_when_they_change() -> Iterator[None]:
    """Leave out the query with which a process looks for new endpoints every few seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registered, "REREAD_SECONDS", math.inf)
        patch.setattr(registered, "_read_at", time.monotonic())
        yield


@pytest.fixture(autouse=True)
def _no_endpoint_is_left() -> Iterator[None]:
    yield
    registered.forget()


@pytest.fixture(autouse=True)
def _read_models_wait_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let them take in what they are owed although a conversation goes on."""
    monkeypatch.setattr(claims, "UNTIL_AT_REST", 0.0)


@pytest.fixture(autouse=True)
def _no_pause_of_a_closed_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a gateway that is away be called again at once; tests of the line itself wait."""
    monkeypatch.setattr(line, "SHORTEST_PAUSE", 0.0)
    monkeypatch.setattr(line, "LONGEST_PAUSE", 0.0)
    monkeypatch.setattr(gateway, "SECONDS_OF_PATIENCE", 0.001)


@pytest.fixture
def shop(transactional_db: None) -> Shop:  # noqa: ARG001 - the tables, with real commits
    """Open a shop with a customer and ten mugs; the gateway has forgotten earlier tests."""
    return open_shop()


@pytest.fixture
def audited(shop: Shop) -> Iterator[Shop]:
    """Open a shop whose books have to be in order when the test is over."""
    yield shop
    assert_clean()


@pytest.fixture(scope="session", autouse=True)
def _sessions_that_have_not_ended_yet(request: pytest.FixtureRequest) -> None:
    """Drop test databases although PostgreSQL has not noticed yet that a killed process is gone."""

    def drop(self: DatabaseCreation, test_database_name: str, verbosity: int) -> None:  # noqa: ARG001 - Django's
        name = self.connection.ops.quote_name(test_database_name)
        with self._nodb_cursor() as cursor:  # type: ignore[attr-defined]  # unknown to its stubs
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")

    patch = pytest.MonkeyPatch()
    patch.setattr(DatabaseCreation, "_destroy_test_db", drop)
    request.config.add_cleanup(patch.undo)
