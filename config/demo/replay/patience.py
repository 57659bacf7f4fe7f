"""Patience with a database that restarts, a lock that is held, a deadlock that was broken."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

from config.postgresql.errors import DatabaseUnavailable

PATIENCE_SECONDS = 60
BETWEEN_TRIES = 1.0

T = TypeVar("T")


def patiently(action: Callable[[], T]) -> T:
    """Repeat an action until the database takes it; a commit whose reply was lost is one of those.

    :param action: one that changes nothing when it has been done already.
    :raises DatabaseUnavailable: the database has refused for ``PATIENCE_SECONDS``.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return action()
        except DatabaseUnavailable:
            if time.monotonic() > until:
                raise
            connection.close()
            time.sleep(BETWEEN_TRIES)
