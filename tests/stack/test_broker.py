"""How Celery meets a broker that is away."""

from pathlib import Path
from typing import Any

import kombu
import pytest
from kombu.exceptions import OperationalError

from config.celery import app
from tests.faults.brokers import free_port, make_broker


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


def test_a_worker_whose_broker_goes_away_with_a_task_in_hand_can_take_another(
    tmp_path: Path,
) -> None:
    broker = make_broker("valkey", tmp_path)
    broker.start()
    with app.connection_for_read(broker.url(broker.port)) as connection:
        channel: Any = connection.default_channel
        queue = kombu.Queue("orders", channel=channel)
        queue.declare()
        with connection.Producer(channel) as producer:
            producer.publish({}, routing_key="orders")
        channel.basic_qos(0, 1, apply_global=False)
        task = queue.get()
        assert task is not None
        assert not channel.qos.can_consume()
        broker.kill()
        with pytest.raises(connection.connection_errors):
            task.ack()
        assert channel.qos.can_consume()
