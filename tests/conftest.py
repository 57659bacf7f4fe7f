"""Fixtures that more than one folder uses."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection
from pytest_django import DjangoDbBlocker

from orders.models import Customer
from payments.gateways import line, sandbox
from payments.gateways.line import line_to
from tests.shop import Shop, assert_clean, empty_book

KEPT = ("auth.Permission", "auth.Group", "contenttypes.ContentType")


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
        tables = [m._meta.db_table for m in apps.get_models() if m._meta.label not in KEPT]  # noqa: SLF001 - Django's documented Model._meta API
        with connection.cursor() as cursor:
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
