"""Bells and ticks do not pile up at the broker while no worker runs."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import current_app

from outbox.doorbell import backlog, bell
from outbox.doorbell.backlog import MOST_WAITING, Backlog
from outbox.doorbell.beat import Scheduler

QUEUE = "orders"


def emptied() -> int:
    """Empty the queue; return how many bells were in it."""
    with current_app.connection_for_write() as connection, connection.channel() as opened:
        channel: Any = opened
        channel.queue_declare(QUEUE, auto_delete=False, durable=True)
        return int(channel.queue_purge(QUEUE) or 0)


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """Return a function that counts the queue of a broker without workers."""
    monkeypatch.setattr(backlog, "BETWEEN_LOOKS", 0.0)
    emptied()
    yield backlog._waiting  # noqa: SLF001 - what a process itself sees of the broker
    emptied()


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_ticks_stop_where_nobody_hears_them(queue: Callable[[], int]) -> None:
    beat = Scheduler(current_app, lazy=True)
    beat.setup_schedule()
    for _ in range(MOST_WAITING):
        for entry in beat.schedule.values():
            beat.apply_entry(entry)
    assert queue() == MOST_WAITING


def test_bells_stop_where_nobody_hears_them_and_ring_again(
    queue: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "LONGEST_PAUSE", 0.001)
    monkeypatch.setattr(bell, "SHORTEST_PAUSE", 0.001)
    monkeypatch.setattr(bell, "_bell", None)

    def ring_until(condition: Callable[[], bool]) -> None:
        def rung() -> bool:
            bell.ring(["ear"])
            return condition()

        wait_until(rung)

    ring_until(lambda: queue() >= MOST_WAITING)
    assert bell._bell  # noqa: SLF001 - the thread that ring() started
    ring_until(lambda: bool(bell._bell and bell._bell.backlog.is_full))  # noqa: SLF001 - likewise
    assert queue() <= MOST_WAITING + 1
    assert emptied() >= MOST_WAITING
    ring_until(lambda: queue() > 0)


def test_an_empty_queue_is_no_crowd(queue: Callable[[], int]) -> None:
    seen = Backlog()
    seen.look()
    assert (queue(), seen.is_full) == (0, False)
