"""Run daily work: a row says until which day it is done, and missed days are made up.

Beat checks every minute whether something is due. A lost tick, a dead worker or a party outside
that does not answer delays the work; the next check takes it up, for all days not yet done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import structlog
from django.db import connection

log = structlog.get_logger()

SECONDS_AT_MOST = 1800
"""Time limit of everything that is due together."""

SECONDS_TO_HOLD = SECONDS_AT_MOST + 60
"""After this time another worker takes up what one has begun."""

SHORTEST_PAUSE, LONGEST_PAUSE = 60, 3600
"""Seconds until failed work is retried."""

LONGEST_ERROR = 500

_BEGIN = """
INSERT INTO outbox_dailywork AS known (name, at, done_until)
VALUES (%(name)s, %(at)s, (now() AT TIME ZONE 'UTC' - %(at)s::time)::date - 1)
ON CONFLICT (name) DO UPDATE SET at = excluded.at WHERE known.at <> excluded.at
"""

_TAKE = """
UPDATE outbox_dailywork SET tries = tries + 1, next_try_at = now() + make_interval(secs => %(hold)s)
FROM (SELECT (now() AT TIME ZONE 'UTC' - %(at)s::time)::date AS day) AS due
WHERE name = %(name)s AND next_try_at <= now() AND done_until < due.day
RETURNING done_until, due.day
"""

_DONE = """
UPDATE outbox_dailywork
SET done_until = %s, done_at = now(), next_try_at = now(), tries = 0, error = '' WHERE name = %s
"""

_FAILED = """
UPDATE outbox_dailywork SET error = %(error)s, next_try_at = now() + make_interval(
    secs => least(%(shortest)s * power(2, least(tries - 1, 10)), %(longest)s))
WHERE name = %(name)s
"""

_LATE = """
SELECT name, greatest(
    0, extract(epoch FROM now() AT TIME ZONE 'UTC' - (done_until + 1 + at)))::float
FROM outbox_dailywork ORDER BY name
"""


_OVERDUE = """
SELECT name, late.seconds, error
FROM outbox_dailywork, LATERAL (
    SELECT extract(epoch FROM now() AT TIME ZONE 'UTC' - (done_until + 1 + at))::float AS seconds
) AS late
WHERE name = ANY(%s) AND late.seconds > %s AND NOT (tries = 1 AND next_try_at > now())
ORDER BY name
"""


@dataclass(frozen=True, slots=True)
class Overdue:
    """Something daily that was not done in time.

    :ivar seconds: for how long it has been due.
    :ivar error: of the last try.
    """

    name: str
    seconds: float
    error: str


@dataclass(frozen=True, slots=True)
class Days:
    """The days to do: one, or more if some were missed, from midnight to midnight UTC."""

    since: datetime
    until: datetime


Doing = Callable[[Days], None]


@dataclass(frozen=True, slots=True)
class Daily:
    """Work that is due at a time of day (UTC), for the day that has ended."""

    at: time
    do: Doing


dailies: dict[str, Daily] = {}


def daily(name: str, *, at: time) -> Callable[[Doing], Doing]:
    """Register a function to be called once a day; it raises if the work is not done.

    :param at: the time of day, UTC.
    """

    def register(do: Doing) -> Doing:
        dailies[name] = Daily(at, do)
        return do

    return register


def do_what_is_due() -> None:
    """Do the daily work that is due and that no other worker has taken up."""
    for name, each in dailies.items():
        if days := _take(name, each):
            _do(name, each, days)


def late_seconds() -> dict[str, float]:
    """Return for how many seconds each has been due; 0 if it is done."""
    with connection.cursor() as cursor:
        cursor.execute(_LATE)
        return dict(cursor.fetchall())


def overdue(*, seconds: float) -> list[Overdue]:
    """List what has been due for longer than this, unless a first try is under way."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, [list(dailies), seconds])
        return [Overdue(*row) for row in cursor.fetchall()]


def _take(name: str, each: Daily) -> Days | None:
    words: dict[str, Any] = {"name": name, "at": each.at, "hold": SECONDS_TO_HOLD}
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, words)
        cursor.execute(_TAKE, words)
        row = cursor.fetchone()
    return Days(*(datetime.combine(day, time.min, UTC) for day in row)) if row else None


def _do(name: str, each: Daily, days: Days) -> None:
    try:
        each.do(days)
    except Exception as error:  # the others are due nevertheless
        log.exception("daily_work_failed", work=name, until=str(days.until.date()))
        _fail(name, error)
    else:
        with connection.cursor() as cursor:
            cursor.execute(_DONE, [days.until.date(), name])


def _fail(name: str, error: Exception) -> None:
    # Escaped, as PostgreSQL stores neither NUL nor lone surrogates.
    said = f"{type(error).__name__}: {error}".encode("unicode_escape").decode()
    words: dict[str, Any] = {
        "name": name,
        "error": said[:LONGEST_ERROR],
        "shortest": SHORTEST_PAUSE,
        "longest": LONGEST_PAUSE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, words)
