"""Celery's settings of its broker, which only wakes workers: give up soon when it does not answer.

A broker that hangs delays a publish by a second at most, in a thread of its own or in a worker,
never in a request. A connection that died without closing is dropped after a few seconds.
"""

from typing import Any
from urllib.parse import urlsplit

from outbox.doorbell.bell import SECONDS_TO_RING

SECONDS_TO_NOTICE = 5
"""How long a worker's connection may be silent before it is checked."""

TRY_AGAIN_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
"""A ``task_publish_retry_policy``: at once, over a new connection."""


def is_rabbitmq(url: str) -> bool:
    """Tell whether the broker speaks AMQP.

    Only then Celery has to retry a publish: for AMQP, Kombu reconnects in its retry and nowhere
    else, while Redis' client reconnects on its own.
    """
    return urlsplit(url).scheme in {"amqp", "amqps"}


def transport_options(url: str) -> dict[str, Any]:
    """Return ``broker_transport_options`` for Redis and Valkey, or for RabbitMQ."""
    if is_rabbitmq(url):
        # Without confirmation a publish to a dead connection counts as sent.
        return {"confirm_publish": True, "max_retries": 0}
    return {
        # See ADR 22: a bell that was lost with its worker is not redelivered.
        "ack_emulation": False,
        "socket_timeout": SECONDS_TO_RING,
        "socket_connect_timeout": SECONDS_TO_RING,
        "socket_keepalive": True,
        "health_check_interval": SECONDS_TO_NOTICE,
        # Without this a publish over a lost connection is retried for four seconds and more.
        "max_retries": 0,
    }
