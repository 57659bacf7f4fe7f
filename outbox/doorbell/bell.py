"""Ring for the workers after a commit, so that they need not wait for the relay's next tick.

A bell that is lost costs latency, never work: the relay finds what is owed within a second. It
never blocks its caller (a broker that hangs would hold up a request), so a thread of its own
sends it, and bells that come in quick succession are one.
"""

import os
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import structlog
from celery import current_app

from outbox.doorbell.backlog import Crowd
from outbox.registry import receiver_of

log = structlog.get_logger()

SHORTEST_PAUSE = 0.02
LONGEST_PAUSE = 0.1
"""Seconds between two bells."""

ALL_THE_TIME = 100
"""Rings per second from which on bells become rarer: workers are awake anyway."""

SECONDS_TO_RING = 1.0
RINGING: dict[str, Any] = {"confirm_timeout": SECONDS_TO_RING}
"""A broker that confirms (RabbitMQ) does so within this time, or the bell is lost; others pass
it over. It is an option of every task that rings."""


class _Bell:
    def __init__(self) -> None:
        self.rung = threading.Event()
        self.rings = 0
        self.subscribers: set[str] = set()
        self.lost = 0
        self.crowd = Crowd()
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
                if not self.crowd.is_there:
                    for part in _apart(names):
                        current_app.send_task("outbox.deliver", [part], **RINGING)
                self.crowd.look()
            except Exception as error:  # noqa: BLE001 - whatever ails the broker, work must go on
                self._lose(error)
            else:
                self.lost = 0
            self.rings = 0
            time.sleep(pause)
            pause = next_pause(pause, self.rings)

    def _lose(self, error: Exception) -> None:
        """Count a lost bell; a broker that is away is worth one line, not one per bell."""
        if not self.lost:
            log.warning("bell_lost", error=str(error))
        self.lost += 1


def _apart(names: Collection[str]) -> Iterator[list[str]]:
    """Yield those that publish and the others, so that read models are folded beside the flow."""
    publishing = {name for name in names if (found := receiver_of(name)) and found.publishes}
    for some in (publishing, set(names) - publishing):
        if some:
            yield sorted(some)


def next_pause(pause: float, rings: int) -> float:
    """Return the seconds until the next bell, after a pause in which so many were rung.

    What counts is how often, not whether: at 20 messages a second some bell is rung in every pause
    of a twentieth of a second, and each of these messages would wait for the longest one.
    """
    is_busy = rings > pause * ALL_THE_TIME
    return min(2 * pause, LONGEST_PAUSE) if is_busy else SHORTEST_PAUSE


_bell: _Bell | None = None
_starting = threading.Lock()


def ring(subscribers: Iterable[str]) -> None:
    """Say that something is owed to these subscribers. Returns at once; errors are only logged."""
    global _bell  # noqa: PLW0603 - one thread per process; a fork leaves its parent's behind
    if _bell is None or _bell.process != os.getpid():
        with _starting:
            if _bell is None or _bell.process != os.getpid():
                _bell = _Bell()
    _bell.ring(subscribers)
