"""Record which workers run: each writes a row when it receives a task, every few seconds at most.

A worker that receives no tasks is of no use, even if its process runs; beat's ticks reach idle
workers too. The database's clock counts. An expired row is removed at another worker's heartbeat.
"""

import time
from dataclasses import dataclass

from django.db import connection

BETWEEN_BEATS = 5.0
"""Seconds, per process of a worker."""

SECONDS_TO_BE_MISSED = 60
"""How long a worker counts as running after its last heartbeat."""

_BEAT = """
WITH missed AS (
    DELETE FROM outbox_heartbeat WHERE worker IN (
        SELECT worker FROM outbox_heartbeat
        WHERE worker <> %(worker)s AND beat_at < now() - make_interval(secs => %(missed)s)
        FOR UPDATE SKIP LOCKED)
)
INSERT INTO outbox_heartbeat (worker, beat_at) VALUES (%(worker)s, now())
ON CONFLICT (worker) DO UPDATE SET beat_at = excluded.beat_at
"""

_WORKERS = """
SELECT worker, extract(epoch FROM now() - beat_at)::float FROM outbox_heartbeat
WHERE beat_at >= now() - make_interval(secs => %s) ORDER BY worker
"""


@dataclass(frozen=True, slots=True)
class Worker:
    """A running worker.

    :ivar silent_seconds: the seconds since its last heartbeat.
    """

    name: str
    silent_seconds: float


class HeartbeatWriter:
    """Writes the heartbeats of one process of a worker."""

    def __init__(self) -> None:
        self._next_beat = 0.0

    def write(self, worker: str) -> None:
        """Record that the worker runs, at most once per ``BETWEEN_BEATS``."""
        if time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + BETWEEN_BEATS
            with connection.cursor() as cursor:
                cursor.execute(_BEAT, {"worker": worker, "missed": SECONDS_TO_BE_MISSED})


def workers() -> list[Worker]:
    """Return the workers that run."""
    with connection.cursor() as cursor:
        cursor.execute(_WORKERS, [SECONDS_TO_BE_MISSED])
        return [Worker(*row) for row in cursor.fetchall()]
