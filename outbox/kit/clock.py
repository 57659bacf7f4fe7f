"""The clock by which everything is measured that several processes look at: the database's."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.db import connection

_stands_at: ContextVar[datetime | None] = ContextVar("outbox_clock", default=None)


def database_now() -> datetime:
    """Return the time, whatever the clock of this machine says.

    Within a turn it is the time at which the turn began.
    """
    if known := _stands_at.get():
        return known
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


@contextmanager
def standing_at(now: datetime | None) -> Iterator[None]:
    """Let the clock stand for the block at a time that the database has just said."""
    token = _stands_at.set(now)
    try:
        yield
    finally:
        _stands_at.reset(token)
