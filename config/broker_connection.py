"""Connections to the broker that come back as soon as it does, and workers that stay awake."""

from typing import Any

import kombu
from celery.app.amqp import AMQP
from kombu.transport import redis, virtual

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

    def get_transport_cls(self) -> Any:
        transport = super().get_transport_cls()
        return Redis if transport is redis.Transport else transport


class InHand(redis.QoS):
    """The tasks that a worker has in hand; one leaves it although Redis could not be told.

    Kombu counts a task as in hand until Redis has taken its acknowledgement, which is tried once.
    A broker that goes away at that moment would leave a worker with its hands full for ever: it
    asks for no more tasks, and so does not even notice that its connection is dead.
    """

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        finally:
            virtual.QoS.ack(self, delivery_tag)


class Channel(redis.Channel):
    QoS = InHand


class Redis(redis.Transport):
    """Kombu's transport for Redis and Valkey."""

    Channel = Channel


class Bell(AMQP):
    """Celery's way of sending, over connections of ours."""

    Connection = Connection
