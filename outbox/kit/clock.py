"""Read the database's clock, by which all processes measure."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.db import connection

_stands_at: ContextVar[datetime | None] = ContextVar("outbox_clock", default=None)


def database_now() -> datetime:
    """Return the database's time; within a turn, the time at which it began."""
    if known := _stands_at.get():
        return known
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


@contextmanager
def standing_at(now: datetime | None) -> Iterator[None]:
    """Stop the clock for the block at a time that the database has just returned."""
    token = _stands_at.set(now)
    try:
        yield
    finally:
        _stands_at.reset(token)
