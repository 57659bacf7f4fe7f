"""The same act in many threads at one moment, each with a connection of its own, and locks."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection, connections

_WAITS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def at_once(count: int, act: Callable[[int], object]) -> None:
    """Call ``act`` with 0, 1, 2 and so on, in a thread each; raise what one of them raises."""
    everybody = Barrier(count, timeout=30)

    def run(number: int) -> None:
        try:
            everybody.wait()
            act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(run, range(count)))


def wait_for_a_lock(began: Future[Any]) -> None:
    """Return once somebody waits for a lock that another transaction holds.

    :raises AssertionError: what was begun goes on without waiting; what it raised itself, if so.
    """
    until = time.monotonic() + 30
    while time.monotonic() < until and not began.done():
        with connection.cursor() as cursor:
            if waiting_for_a_lock(cursor):
                return
        time.sleep(0.01)
    if began.done():
        began.result()  # raises what has kept it from waiting
    raise AssertionError("nobody waits for a lock")


def waiting_for_a_lock(cursor: Any) -> int:
    """Count those who wait; a transaction sees one moment of activity unless it asks anew."""
    cursor.execute("SELECT pg_stat_clear_snapshot()")
    cursor.execute(_WAITS)
    return int(cursor.fetchone()[0])
