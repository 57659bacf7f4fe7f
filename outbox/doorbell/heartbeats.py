"""Which workers are there: each leaves a row when it hears a bell, every few seconds at most.

A worker that hears no bell is no help, whatever its process does; beat's ticks reach an idle one
too. Time is the database's. A row that nobody renews counts no longer, and goes with the next beat
of another worker.
"""

import time
from dataclasses import dataclass

from django.db import connection

BETWEEN_BEATS = 5.0
"""Seconds; each process of a worker keeps this pace."""

SECONDS_TO_BE_MISSED = 60
"""How long a worker that is heard of no more counts as there."""

_BEAT = """
WITH missed AS (
    DELETE FROM outbox_heartbeat WHERE worker IN (
        SELECT worker FROM outbox_heartbeat
        WHERE worker <> %(worker)s AND heard_at < now() - make_interval(secs => %(missed)s)
        FOR UPDATE SKIP LOCKED)
)
INSERT INTO outbox_heartbeat (worker, heard_at) VALUES (%(worker)s, now())
ON CONFLICT (worker) DO UPDATE SET heard_at = excluded.heard_at
"""

_WORKERS = """
SELECT worker, extract(epoch FROM now() - heard_at)::float FROM outbox_heartbeat
WHERE heard_at >= now() - make_interval(secs => %s) ORDER BY worker
"""


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker that is there.

    :ivar heard_seconds: how long ago it was last heard of.
    """

    name: str
    heard_seconds: float


class Heart:
    """What one process of a worker has to say for it, once every few seconds."""

    def __init__(self) -> None:
        self._next_beat = 0.0

    def beat(self, worker: str) -> None:
        """Say that the worker is there, unless that was done a moment ago."""
        if time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + BETWEEN_BEATS
            with connection.cursor() as cursor:
                cursor.execute(_BEAT, {"worker": worker, "missed": SECONDS_TO_BE_MISSED})


def workers() -> list[Worker]:
    """Return the workers that were heard of lately."""
    with connection.cursor() as cursor:
        cursor.execute(_WORKERS, [SECONDS_TO_BE_MISSED])
        return [Worker(*row) for row in cursor.fetchall()]
