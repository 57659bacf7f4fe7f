"""How Celery meets a broker that is away."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kombu
import pytest
from kombu.exceptions import OperationalError

from config.broker import transport_options
from config.celery import app
from outbox.doorbell import backlog
from outbox.doorbell.backlog import Backlog
from outbox.doorbell.connection import Connection
from tests.faults.brokers import NotHere, make_broker
from tests.faults.wire import Wire
from tests.ports import HOST, free_port


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_away_is_looked_for_every_second(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kombu.utils.functional.sleep", lambda _: None)
    pauses: list[float] = []
    connection = app.connection_for_read(f"{scheme}://127.0.0.1:{free_port()}")
    with pytest.raises(OperationalError):
        connection.ensure_connection(lambda _, pause: pauses.append(pause), 20)
    assert pauses == [1] * 20


def test_a_task_in_hand_is_known_to_its_worker_alone_which_needs_no_broker_to_be_rid_of_it(
    tmp_path: Path,
) -> None:
    broker = make_broker("valkey", tmp_path)
    broker.start()
    url = broker.url(broker.port)
    with Connection(url, transport_options=transport_options(url)) as connection:
        channel: Any = connection.default_channel
        queue = kombu.Queue("orders", channel=channel)
        queue.declare()
        with connection.Producer(channel) as producer:
            producer.publish({}, routing_key="orders")
        channel.basic_qos(0, 1, apply_global=False)
        task = queue.get()
        assert task is not None
        assert not channel.qos.can_consume()
        assert channel.client.keys("unacked*") == []
        broker.kill()
        task.ack()
        assert channel.qos.can_consume()


def test_a_look_at_the_queue_ends_where_its_connection_dies_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        broker = make_broker("rabbitmq", tmp_path)
    except NotHere as error:
        pytest.skip(str(error))
    broker.start()
    wire = Wire((HOST, broker.port))

    class Dying(Connection):
        def channel(self, *words: Any, **options: Any) -> Any:
            opened = super().channel(*words, **options)
            wire.go_dead()
            return opened

    looking = SimpleNamespace(
        connection_for_write=lambda: Dying(broker.url(wire.port)), conf=app.conf
    )
    monkeypatch.setattr(backlog, "SECONDS_TO_LOOK", 0.5)
    monkeypatch.setattr(backlog, "current_app", looking)
    try:
        with pytest.raises(TimeoutError):
            Backlog().look()
    finally:
        wire.close()
        broker.kill()
