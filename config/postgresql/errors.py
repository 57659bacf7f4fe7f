"""Tell errors after which the same statement may succeed later from all others.

Source: PostgreSQL documentation, appendix A, error codes.
"""

from typing import Any, Final

import psycopg
from django.db import OperationalError

_PASSING_CLASSES: Final = ("08", "53", "57", "58")
"""Connection exceptions; out of disk, memory or connections; intervention; the system's own."""

_PASSING: Final = frozenset({"25006", "25P03", "25P04", "40001", "40P01", "55P03"})
"""Read-only, a transaction that took too long, serialization, deadlock, a lock that is held."""

_OF_THE_SESSION: Final = frozenset(
    {"25006", "25P03", "25P04", "57P01", "57P02", "57P03", "57P04", "57P05"}
)
"""Codes after which a session is over, or was left behind by a failover."""


class DatabaseUnavailable(OperationalError):
    """The database is unreachable, restarting, hanging, full, locked or read-only: retry later."""


def first_of(error: psycopg.Error) -> psycopg.Error:
    """Return the error that aborted the transaction, if this one only says that it is aborted.

    The end of a pipeline reads all answers, so that a later one can be raised while the first is
    handled.
    """
    earlier = error.__context__
    if isinstance(error, psycopg.errors.InFailedSqlTransaction) and isinstance(
        earlier, psycopg.Error
    ):
        return first_of(earlier)
    return error


def is_passing(error: psycopg.Error, driver: psycopg.Connection[Any] | None) -> bool:
    """Tell whether the same statement may succeed later.

    :param driver: the connection on which it happened; ``None`` if none could be opened.
    """
    code = error.sqlstate
    if code is None:
        # No answer of the server: the session has died, or the driver refuses a value.
        return _is_lost(driver)
    return code.startswith(_PASSING_CLASSES) or code in _PASSING


def ends_session(error: psycopg.Error, driver: psycopg.Connection[Any] | None) -> bool:
    """Tell whether a session is over after this error; a new one may reach another server."""
    code = error.sqlstate or ""
    return code in _OF_THE_SESSION or code.startswith("08") or _is_lost(driver)


def _is_lost(driver: psycopg.Connection[Any] | None) -> bool:
    return driver is None or driver.closed
