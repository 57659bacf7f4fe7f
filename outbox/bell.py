"""Ring for the workers after a commit, so that they need not wait for the relay's next tick.

A bell that is lost costs latency, never work: the relay finds what is owed within a second. It
never blocks its caller (a broker that hangs would hold up a request), so a thread of its own
sends it, and bells that come in quick succession are one.
"""

import os
import threading
import time
from collections.abc import Iterable
from typing import Any

import structlog
from celery import current_app

from outbox.crowd import Crowd

log = structlog.get_logger()

SHORTEST_PAUSE = 0.02
LONGEST_PAUSE = 0.3
"""Seconds between two bells; where they are rung all the time, workers are awake anyway."""

SECONDS_TO_RING = 1.0
RINGING: dict[str, Any] = {"confirm_timeout": SECONDS_TO_RING}
"""A broker that confirms (RabbitMQ) does so within this time, or the bell is lost; others pass
it over. It is an option of every task that rings."""


class _Bell:
    def __init__(self) -> None:
        self.rung = threading.Event()
        self.subscribers: set[str] = set()
        self.lost = 0
        self.crowd = Crowd()
        self.process = os.getpid()
        threading.Thread(target=self._serve, name="outbox-bell", daemon=True).start()

    def _serve(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            self.rung.wait()
            self.rung.clear()
            subscribers, self.subscribers = self.subscribers, set()
            try:
                if not self.crowd.is_there:
                    current_app.send_task("outbox.deliver", [sorted(subscribers)], **RINGING)
                self.crowd.look()
            except Exception as error:  # noqa: BLE001 - whatever ails the broker, work must go on
                self._lose(error)
            else:
                self.lost = 0
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE) if self.rung.is_set() else SHORTEST_PAUSE

    def _lose(self, error: Exception) -> None:
        """Count a lost bell; a broker that is away is worth one line, not one per bell."""
        if not self.lost:
            log.warning("bell_lost", error=str(error))
        self.lost += 1


_bell: _Bell | None = None
_starting = threading.Lock()


def ring(subscribers: Iterable[str]) -> None:
    """Say that something is owed to these subscribers. Returns at once; errors are only logged."""
    global _bell  # noqa: PLW0603 - one thread per process; a fork leaves its parent's behind
    if _bell is None or _bell.process != os.getpid():
        with _starting:
            if _bell is None or _bell.process != os.getpid():
                _bell = _Bell()
    _bell.subscribers.update(subscribers)
    _bell.rung.set()
