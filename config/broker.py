"""How Celery talks to its broker, which is a doorbell: a bell that cannot be rung is given up soon.

Whoever rings meets a broker that hangs for a second at most, in a thread of its own or in a worker,
never in a request. A connection that has died without a word is dropped after a few seconds.
"""

from typing import Any
from urllib.parse import urlsplit

from outbox.doorbell.bell import SECONDS_TO_RING

SECONDS_TO_NOTICE = 5
"""How long a silent connection of a worker is believed in, give or take the next look at it."""

TRY_AGAIN_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
"""As ``task_publish_retry_policy``: at once, over a new connection."""


def is_rabbitmq(url: str) -> bool:
    """Tell whether the broker speaks AMQP.

    Only then a publish has to be tried again: Kombu opens a new connection in its retry and nowhere
    else, while Redis' client does so by itself.
    """
    return urlsplit(url).scheme in {"amqp", "amqps"}


def transport_options(url: str) -> dict[str, Any]:
    """Return ``broker_transport_options`` for Redis and Valkey, or for RabbitMQ."""
    if is_rabbitmq(url):
        # Without confirmation a bell is "sent" once the kernel has taken it for a dead connection.
        return {"confirm_publish": True, "max_retries": 0}
    return {
        # See ADR 22: a bell that vanishes with its worker is not handed out again.
        "ack_emulation": False,
        "socket_timeout": SECONDS_TO_RING,
        "socket_connect_timeout": SECONDS_TO_RING,
        "socket_keepalive": True,
        "health_check_interval": SECONDS_TO_NOTICE,
        # Without this a publish over a connection once lost tries again for four seconds and more.
        "max_retries": 0,
    }
