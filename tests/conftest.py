"""Fixtures that more than one folder uses."""

import math
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.backends.postgresql.creation import DatabaseCreation
from whitenoise.middleware import WhiteNoiseMiddleware

from outbox.webhooks import registered
from tests.sagas.own import own_saga

__all__ = ["own_saga"]

pytest_plugins = ["testkit.plugin"]


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


@pytest.fixture(autouse=True, scope="session")
def _endpoints_are_read_when_they_change() -> Iterator[None]:
    """Leave out the query with which a process looks for new endpoints every few seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registered, "REREAD_SECONDS", math.inf)
        patch.setattr(registered, "_read_at", time.monotonic())
        yield


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
