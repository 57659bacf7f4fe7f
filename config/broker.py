"""How Celery talks to its broker, which is a doorbell: a bell that cannot be rung is given up soon.

Whoever rings meets a broker that hangs for a second at most, in a thread of its own or in a worker,
never in a request. A connection that has died without a word is dropped after a few seconds.
"""

from typing import Any
from urllib.parse import urlsplit

SECONDS_TO_RING = 1.0
SECONDS_TO_NOTICE = 5
"""How long a silent connection of a worker is believed in, give or take the next look at it."""

RINGING = {"retry": False, "confirm_timeout": SECONDS_TO_RING}
"""The options of a task that rings; brokers that confirm nothing pass over the second."""


def transport_options(url: str) -> dict[str, Any]:
    """Return ``broker_transport_options`` for Redis and Valkey, or for RabbitMQ."""
    if urlsplit(url).scheme in {"amqp", "amqps"}:
        # Without confirmation a bell is "sent" once the kernel has taken it for a dead connection.
        return {"confirm_publish": True}
    return {
        "visibility_timeout": 3600,
        "socket_timeout": SECONDS_TO_RING,
        "socket_connect_timeout": SECONDS_TO_RING,
        "socket_keepalive": True,
        "health_check_interval": SECONDS_TO_NOTICE,
        # Without this a publish over a connection once lost tries again for four seconds and more.
        "max_retries": 0,
    }
