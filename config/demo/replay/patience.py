"""Retry while the database restarts, after lock timeouts and after deadlocks."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

from config.postgresql.errors import DatabaseUnavailable

PATIENCE_SECONDS = 60
BETWEEN_TRIES = 1.0

T = TypeVar("T")


def patiently(action: Callable[[], T]) -> T:
    """Repeat an action until the database commits it.

    :param action: must be idempotent, since the reply to a commit may be lost.
    :raises DatabaseUnavailable: the database has failed for ``PATIENCE_SECONDS``.
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
