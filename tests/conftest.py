"""Fixtures that more than one folder uses."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connections, router
from pytest_django import DjangoDbBlocker

from config.routing import READMODELS
from orders.models import Customer
from payments.gateways import line, sandbox
from payments.gateways.line import line_to
from tests.shop import Shop, assert_clean, empty_book

KEPT = ("auth.Permission", "auth.Group", "contenttypes.ContentType")


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

    In place of pytest-django's fixture of this name: deleting the few rows of a test has a tenth
    of the price of truncating every table.
    """
    with django_db_blocker.unblock():
        yield
        for database in connections:
            _empty(database)


def _empty(database: str) -> None:
    tables = [
        model._meta.db_table  # noqa: SLF001 - Django's documented Model._meta API
        for model in apps.get_models()
        if model._meta.label not in KEPT and router.db_for_write(model) == database  # noqa: SLF001 - likewise
    ]
    with connections[database].cursor() as cursor:
        # Without triggers the foreign keys are not asked, so that any order will do.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(";".join(f'DELETE FROM "{table}"' for table in tables))  # noqa: S608 - our own tables
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture(autouse=True)
def _no_pause_of_a_closed_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a gateway that is away be called again at once; tests of the line itself wait."""
    monkeypatch.setattr(line, "SHORTEST_PAUSE", 0.0)
    monkeypatch.setattr(line, "LONGEST_PAUSE", 0.0)
    monkeypatch.setattr(sandbox, "SECONDS_OF_PATIENCE", 0.001)


@pytest.fixture
def shop(transactional_db: None) -> Shop:  # noqa: ARG001 - the tables, with real commits
    """Open a shop with a customer and ten mugs; the gateway has forgotten earlier tests."""
    empty_book()
    line_to.cache_clear()
    shop = Shop(Customer.objects.create(name="Ada Lovelace"))
    shop.receive("MUG", 10)
    return shop


@pytest.fixture
def audited(shop: Shop) -> Iterator[Shop]:
    """Open a shop whose books have to be in order when the test is over."""
    yield shop
    assert_clean()
