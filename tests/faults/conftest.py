"""One broker of each kind, and the application that hears it, for all tests of a folder's file."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from orders.models import Order
from testkit.delivering import movable
from tests.faults.brokers import Broker, NotHere, make_broker
from tests.faults.processes import SECONDS_TO_START, running, serves, wait_until, worker
from tests.faults.wire import Wire
from tests.ports import HOST, free_port


@dataclass
class Stack:
    """A worker with its beat and a web server, which reach their broker over a wire."""

    broker: Broker
    wire: Wire
    web: int
    worker: int
    log: Path

    @contextmanager
    def workers_paused(self) -> Iterator[None]:
        """Let the worker and its beat stand still."""
        os.killpg(self.worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.worker, signal.SIGCONT)

    def wait_until_settled(self) -> None:
        """Return once every order has ended and nothing is owed.

        :raises AssertionError: it takes longer than RELIABILITY.md allows.
        """
        wait_until(settled, log=self.log)


def settled() -> bool:
    return not Order.objects.filter(status__in=("pending", "cancelling")).exists() and not movable()


@pytest.fixture(scope="module", params=["redis", "rabbitmq"])
def stack(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,  # noqa: ARG001 - creates the database
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp(request.param)
    try:
        broker = make_broker(request.param, folder)
    except NotHere as error:
        pytest.skip(str(error))
    with django_db_blocker.unblock(), _running(broker, folder) as stack:
        yield stack


@contextmanager
def _running(broker: Broker, folder: Path) -> Iterator[Stack]:
    broker.start()
    wire = Wire((HOST, broker.port))
    try:
        variables = {"BROKER_URL": broker.url(wire.port)}
        web, log = free_port(), folder / "worker.log"
        words = ("gunicorn", "config.wsgi", f"--bind={HOST}:{web}", "--threads=2")
        serving = running(folder / "web.log", *words, "--no-control-socket", variables=variables)
        with serving, worker(log, variables) as group:
            wait_until(lambda: serves(web), log=folder / "web.log", seconds=SECONDS_TO_START)
            yield Stack(broker, wire, web, group, log)
    finally:
        wire.close()
        broker.kill()
