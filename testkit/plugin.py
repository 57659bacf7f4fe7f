"""A pytest plugin: the fixtures of tests that place orders on a real PostgreSQL.

Name it in the ``conftest.py`` at the root of your tests: ``pytest_plugins = ["testkit.plugin"]``.
"""

from collections.abc import Iterator

import pytest
from django.db import connections
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from config.postgresql import base
from config.routing import READMODELS
from outbox.delivery import calls, claims
from outbox.retry import Retry
from outbox.webhooks import registered
from payments.gateways import line
from payments.gateways.sandbox import gateway
from testkit.crashes import crashes, pytest_terminal_summary
from testkit.disorder import disorder
from testkit.emptying import empty_tables
from testkit.invariants import assert_clean
from testkit.lanes import handed_twice
from testkit.shop import Shop, open_shop

__all__ = ["crashes", "disorder", "handed_twice", "pytest_terminal_summary"]


@pytest.fixture
def shop(transactional_db: None) -> Shop:  # noqa: ARG001 - the tables, with real commits
    """Open a shop with a customer and ten mugs; the gateway has forgotten earlier tests."""
    return open_shop()


@pytest.fixture
def audited(shop: Shop) -> Iterator[Shop]:
    """Open a shop whose books have to be in order when the test is over."""
    yield shop
    assert_clean()


@pytest.fixture
def decided_by_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no chance and no clock say when a try comes, and which answers are committed together."""
    monkeypatch.setattr(Retry, "delay", lambda *_: 0.0)
    monkeypatch.setattr(calls, "GATHERING", 10.0)


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


@pytest.fixture(autouse=True)
def _no_session_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget that earlier tests have ended sessions: the one that goes on would be closed too."""
    monkeypatch.setattr(base, "_over", {})


@pytest.fixture(autouse=True)
def _no_endpoint_is_left() -> Iterator[None]:
    yield
    registered.forget()
