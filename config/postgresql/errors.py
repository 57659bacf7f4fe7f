"""Which errors say that the database cannot do something now, and may be able to later.

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
"""What the server says to a session that is over, or that a failover has left behind."""


class DatabaseUnavailable(OperationalError):
    """The database is away, restarts, hangs, is full, locked or read-only: later it may do it."""


def is_passing(error: psycopg.Error, driver: psycopg.Connection[Any] | None) -> bool:
    """Tell whether the same may succeed later.

    :param driver: the connection on which it happened; nothing where none could be opened.
    """
    code = error.sqlstate
    if code is None:
        # The server has not spoken: the session has died, or the driver refuses what it was given.
        return _is_lost(driver)
    return code.startswith(_PASSING_CLASSES) or code in _PASSING


def ends_session(error: psycopg.Error, driver: psycopg.Connection[Any] | None) -> bool:
    """Tell whether a session can go on after this error: another one may lead elsewhere."""
    code = error.sqlstate or ""
    return code in _OF_THE_SESSION or code.startswith("08") or _is_lost(driver)


def _is_lost(driver: psycopg.Connection[Any] | None) -> bool:
    return driver is None or driver.closed
