"""A process that publishes: a backlog with one commit, or messages at an even pace.

Its words are ``MODULE:FUNCTION MODE FIRST COUNT [RATE]``. It writes one line of JSON: when the
backlog was committed, or the seconds from each commit to its effect.
"""

import json
import sys
import time
from collections.abc import Callable
from pkgutil import resolve_name
from threading import Thread

import django
import psycopg
from django.db import connection, transaction

Publish = Callable[[int], None]

SECONDS_TO_BE_HEARD = 30.0


def backlog(publish: Publish, first: int, count: int) -> float:
    """Commit so many messages at once; return when, by the machine's monotonic clock."""
    with transaction.atomic():
        for number in range(first, first + count):
            publish(number)
        return time.monotonic()


def pace(publish: Publish, first: int, count: int, rate: float) -> list[float]:
    """Commit a message at a time; return how long after its commit each effect was heard of.

    The first second does not count: a process makes its connections then.
    """
    heard: dict[int, float] = {}
    committed: dict[int, float] = {}
    Thread(target=_listen, args=(heard,), daemon=True).start()
    while not heard:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify('effect', '-1')")
        time.sleep(0.01)
    begun = time.monotonic()
    for place in range(count):
        time.sleep(max(begun + place / rate - time.monotonic(), 0))
        with transaction.atomic():
            publish(first + place)
        committed[first + place] = time.monotonic()
    deadline = time.monotonic() + SECONDS_TO_BE_HEARD
    while committed.keys() - heard.keys() and time.monotonic() < deadline:
        time.sleep(0.01)
    return [heard[number] - moment for number, moment in committed.items()][round(rate) :]


def _listen(heard: dict[int, float]) -> None:
    params = connection.get_connection_params()
    address = {name: params[name] for name in ("dbname", "host", "user") if name in params}
    with psycopg.connect(**address, autocommit=True) as listener:
        listener.execute("LISTEN effect")
        for notice in listener.notifies():
            heard[int(notice.payload)] = time.monotonic()


def main(function: str, mode: str, first: int, count: int, *rate: float) -> None:
    """Publish, say how it went, and stay until the standard input is closed."""
    django.setup()
    publish: Publish = resolve_name(function)
    done = pace(publish, first, count, *rate) if mode == "pace" else backlog(publish, first, count)
    sys.stdout.write(f"{json.dumps(done)}\n")
    sys.stdout.flush()
    # What wakes the workers after a commit may need this process a little longer.
    sys.stdin.read()


if __name__ == "__main__":
    _, function, mode, first, count, *rate = sys.argv
    main(function, mode, int(first), int(count), *map(float, rate))
