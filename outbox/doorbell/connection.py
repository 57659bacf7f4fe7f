"""Connections to the broker that reconnect within a second."""

from typing import Any

import kombu
from celery.app.amqp import AMQP

EVERY_SECOND = {"interval_start": 1, "interval_step": 0}


class Connection(kombu.Connection):
    """Retries every second; kombu's own pauses grow to half a minute."""

    def ensure_connection(  # type: ignore[override]  # arguments are passed on
        self, *args: Any, **options: Any
    ) -> kombu.Connection:
        return super().ensure_connection(*args, **{**EVERY_SECOND, **options})


class Bell(AMQP):
    """Celery's sender with these connections."""

    Connection = Connection
