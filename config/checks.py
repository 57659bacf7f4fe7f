"""System checks of the surroundings: what the database has to grant before anything runs on it."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connection

from config.database import timeouts

_SHORTEST = "SELECT current_user, name FROM pg_settings WHERE name = ANY(%s) AND setting = '0'"


def sessions_end_by_themselves(
    *,
    databases: Sequence[str] | None = None,
    **_: Any,
) -> list[CheckMessage]:
    """Report the timeouts that a session of ours lacks; asks the database, so on demand only.

    A direct connection brings them along. A pooler in transaction mode passes none on.
    """
    if not databases or connection.alias not in databases:
        return []
    with connection.cursor() as cursor:
        wanted = timeouts(settings.STATEMENT_TIMEOUT_SECONDS)
        cursor.execute(_SHORTEST, [list(wanted)])
        missing = cursor.fetchall()
    return [
        Error(
            f"The database lets a session go on for ever: {name} is 0.",
            hint=f"ALTER ROLE {role} SET {name} = '{wanted[name]}s', then reconnect the pooler.",
            id="config.E001",
        )
        for role, name in sorted(missing)
    ]
