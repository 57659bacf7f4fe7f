"""Connections to the broker that come back as soon as it does."""

from typing import Any

import kombu
from celery.app.amqp import AMQP

EVERY_SECOND = {"interval_start": 1, "interval_step": 0}


class Connection(kombu.Connection):
    """Looks for a broker that is away once a second.

    Kombu waits longer each time, up to half a minute, and nobody would hear a bell for so long
    after a broker is back.
    """

    def ensure_connection(  # type: ignore[override]  # whatever it is given goes on
        self, *args: Any, **options: Any
    ) -> kombu.Connection:
        return super().ensure_connection(*args, **{**EVERY_SECOND, **options})


class Bell(AMQP):
    """Celery's way of sending, over connections of ours."""

    Connection = Connection
