"""Wake workers after a commit, so that they need not wait for the relay's next tick.

A lost wake-up ("bell") costs latency, never work: the relay finds what is owed within a second.
A thread sends it, so that a hanging broker never blocks a request; bells rung in quick succession
are sent as one.
"""

import os
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import structlog
from celery import current_app

from outbox.doorbell.backlog import Backlog
from outbox.registry import receiver_of

log = structlog.get_logger()

SHORTEST_PAUSE = 0.02
LONGEST_PAUSE = 0.1
"""Seconds between two bells."""

ALL_THE_TIME = 100
"""Rings per second from which on the pauses grow, since workers are awake anyway."""

SECONDS_TO_RING = 1.0
RINGING: dict[str, Any] = {"confirm_timeout": SECONDS_TO_RING}
"""Options of every task that wakes workers. Without RabbitMQ's confirmation in this time the bell
is lost; other brokers ignore the option."""


class _Bell:
    def __init__(self) -> None:
        self.rung = threading.Event()
        self.rings = 0
        self.subscribers: set[str] = set()
        self.lost = 0
        self.backlog = Backlog()
        self.process = os.getpid()
        threading.Thread(target=self._serve, name="outbox-bell", daemon=True).start()

    def ring(self, subscribers: Iterable[str]) -> None:
        self.subscribers.update(subscribers)
        self.rings += 1
        self.rung.set()

    def _serve(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            self.rung.wait()
            self.rung.clear()
            names, self.subscribers = self.subscribers, set()
            try:
                if not self.backlog.is_full:
                    for part in _apart(names):
                        current_app.send_task("outbox.deliver", [part], **RINGING)
                self.backlog.look()
            except Exception as error:  # noqa: BLE001 - work goes on, whatever the broker's error
                self._lose(error)
            else:
                self.lost = 0
            self.rings = 0
            time.sleep(pause)
            pause = next_pause(pause, self.rings)

    def _lose(self, error: Exception) -> None:
        """Count a lost bell; log only the first of an outage."""
        if not self.lost:
            log.warning("bell_lost", error=str(error))
        self.lost += 1


def _apart(names: Collection[str]) -> Iterator[list[str]]:
    """Yield those that publish, then the others, so that read models are updated in parallel."""
    publishing = {name for name in names if (found := receiver_of(name)) and found.publishes}
    for some in (publishing, set(names) - publishing):
        if some:
            yield sorted(some)


def next_pause(pause: float, rings: int) -> float:
    """Return the seconds until the next bell, after a pause with so many rings.

    The rate counts, not whether any rang: at 20 messages a second most pauses see a ring, and each
    message would then wait for the longest pause.
    """
    is_busy = rings > pause * ALL_THE_TIME
    return min(2 * pause, LONGEST_PAUSE) if is_busy else SHORTEST_PAUSE


_bell: _Bell | None = None
_starting = threading.Lock()


def ring(subscribers: Iterable[str]) -> None:
    """Wake workers for these subscribers. Returns at once; errors are only logged."""
    global _bell  # noqa: PLW0603 - one thread per process; a fork has none
    if _bell is None or _bell.process != os.getpid():
        with _starting:
            if _bell is None or _bell.process != os.getpid():
                _bell = _Bell()
    _bell.ring(subscribers)
