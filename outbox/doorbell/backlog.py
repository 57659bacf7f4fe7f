"""Stop queueing wake-ups when the broker's queue is full.

A worker that comes back looks into the database, so one wake-up does as much as a thousand. Without
a limit, the queue would grow with every tick and order while no worker runs, until Redis is full.
"""

import time
from typing import Any

from celery import current_app

MOST_WAITING = 100
"""Tasks in the queue from which on none are added."""

BETWEEN_LOOKS = 1.0
"""Seconds for which one count of the queue is used."""

SECONDS_TO_LOOK = 5.0
"""How long to wait for the broker; a connection that died silently never answers."""


class Backlog:
    """What one process knows about the length of the queue."""

    def __init__(self) -> None:
        self.is_full = False
        self._next_look = 0.0

    def look(self) -> None:
        """Count the queue, at most once per ``BETWEEN_LOOKS``."""
        if time.monotonic() >= self._next_look:
            self.is_full = _waiting() >= MOST_WAITING
            self._next_look = time.monotonic() + BETWEEN_LOOKS


def _waiting() -> int:
    with current_app.connection_for_write() as connection:
        # RabbitMQ's option; for Redis config.broker sets another.
        options = connection.transport_options or {}
        connection.transport_options = {**options, "read_timeout": SECONDS_TO_LOOK}
        with connection.channel() as opened:
            channel: Any = opened  # its stubs know no queues
            try:
                queue = channel.queue_declare(current_app.conf.task_default_queue, passive=True)
            except connection.channel_errors:
                return 0  # an empty queue may not exist
            return int(queue.message_count)
