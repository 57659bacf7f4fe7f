"""Whether bells pile up at the broker because no worker hears them.

A worker that comes back looks into the database, so that one bell does as much as a thousand. While
workers are away the queue would grow with every tick and every order, until Redis is full.
"""

import time
from typing import Any

from celery import current_app

MOST_WAITING = 100
"""Bells in the queue beyond which no more are added."""

BETWEEN_LOOKS = 1.0
"""Seconds in which one look at the queue is believed."""

SECONDS_TO_LOOK = 5.0
"""How long a broker may take; one whose connection died without a word says nothing for ever."""


class Crowd:
    """What one process knows of the queue."""

    def __init__(self) -> None:
        self.is_there = False
        self._next_look = 0.0

    def look(self) -> None:
        """Count the queue, unless that was done a moment ago."""
        if time.monotonic() >= self._next_look:
            self.is_there = _waiting() >= MOST_WAITING
            self._next_look = time.monotonic() + BETWEEN_LOOKS


def _waiting() -> int:
    with current_app.connection_for_write() as connection:
        # RabbitMQ's; for Redis config.broker sets one of its own.
        options = connection.transport_options or {}
        connection.transport_options = {**options, "read_timeout": SECONDS_TO_LOOK}
        with connection.channel() as opened:
            channel: Any = opened  # its stubs know no queues
            try:
                queue = channel.queue_declare(current_app.conf.task_default_queue, passive=True)
            except connection.channel_errors:
                return 0  # where nothing waits there may be no queue
            return int(queue.message_count)
