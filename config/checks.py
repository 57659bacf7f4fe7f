"""System checks of the databases (``manage.py check --database default``)."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connections

from config.database import timeouts
from config.routing import READMODELS

_SHORTEST = "SELECT current_user, name FROM pg_settings WHERE name = ANY(%s) AND setting = '0'"


def sessions_have_timeouts(
    *,
    databases: Sequence[str] | None = None,
    **_: Any,
) -> list[CheckMessage]:
    """Report the timeouts that database sessions lack.

    A direct connection sets them itself. A pooler in transaction mode does not pass them on.
    """
    return [error for database in databases or () for error in _endless(database)]


def _endless(database: str) -> Iterator[CheckMessage]:
    with connections[database].cursor() as cursor:
        wanted = timeouts(settings.STATEMENT_TIMEOUT_SECONDS)
        cursor.execute(_SHORTEST, [list(wanted)])
        missing = cursor.fetchall()
    for role, name in sorted(missing):
        yield Error(
            f"The database lets a session go on for ever: {name} is 0.",
            hint=f"ALTER ROLE {role} SET {name} = '{wanted[name]}s', then reconnect the pooler.",
            id="config.E001",
        )


def read_models_have_tables(
    *, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Report a separate database of read models that was not migrated."""
    if READMODELS not in (databases or ()):
        return []
    wanted = {model._meta.db_table for model in apps.get_app_config(READMODELS).get_models()}  # noqa: SLF001 - Django's documented Model._meta API
    missing = wanted.difference(connections[READMODELS].introspection.table_names())
    return [
        Error(
            f"The database of READMODEL_DATABASE_URL has no table {name}.",
            hint=f"Run: manage.py migrate --database {READMODELS}, then rebuild its read models.",
            id="config.E002",
        )
        for name in sorted(missing)
    ]
