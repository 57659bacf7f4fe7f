"""A pytest plugin: real PostgreSQL and real Redis for the suite, started before the settings.

Loaded by ``-p`` because pytest-django reads the settings before any conftest is imported. Workers
of xdist share the servers, each with a database of its own in both.

``TEST_BROKER`` names another broker for the whole suite (``redis``, ``valkey`` or ``rabbitmq``), of
which each process starts one of its own; ``TEST_READ_MODELS=apart`` gives read models a database of
their own.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from config.demo.stack.programs import Owner
from config.demo.stack.servers import prepare_servers
from config.demo.stack.supervisor import Supervisor
from tests.faults.brokers import NotHere, make_broker


def pytest_addoption(parser: pytest.Parser) -> None:  # noqa: ARG001 - the hook's name for its argument
    """Start the servers, in the first process only."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        _start_servers()
    else:
        os.environ["REDIS_URL"] += f"?virtual_host={int(worker.removeprefix('gw')) + 1}"
    book = Path(os.environ["TEST_FOLDER"]) / f"sandbox-{worker or 'only'}.sqlite3"
    os.environ["SANDBOX_BOOK"] = str(book)
    if kind := os.environ.get("TEST_BROKER"):
        os.environ["BROKER_URL"] = _start_broker(kind)


def _start_broker(kind: str) -> str:
    folder = Path(tempfile.mkdtemp(prefix="orders-broker-", dir=os.environ["TEST_FOLDER"]))
    try:
        broker = make_broker(kind, folder)
    except NotHere as error:
        raise pytest.UsageError(f"TEST_BROKER={kind}: {error}") from None
    atexit.register(broker.kill)
    broker.start()
    return broker.url(broker.port)


def _start_servers() -> None:
    folder = Path(tempfile.mkdtemp(prefix="orders-tests-"))
    home = Owner.of_servers().new_folder(prefix="orders-servers-")
    servers = prepare_servers(home, durable=False)
    supervisor = Supervisor(logs=folder)

    def stop() -> None:
        supervisor.stop()
        servers.forget()
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    supervisor.start(servers.programs)
    supervisor.wait_until(servers.ready, seconds=30, what="The servers do not answer")
    os.environ.update(
        servers.variables,
        TEST_FOLDER=str(folder),
        DEBUG="0",
        PAYMENT_GATEWAY="sandbox",
        SANDBOX_ALLOWED="1",
        HTTPS="0",
        SECRET_KEY="for the tests only " * 4,
        ALLOWED_HOSTS="localhost,127.0.0.1",
        STATEMENT_TIMEOUT_SECONDS="30",
        OUTBOX_LEASE_SECONDS="35",
        API_REQUESTS_PER_MINUTE="0",
        WEBHOOK_SECRET_KEYS="Zm9yLXRoZS10ZXN0cy1vbmx5LTMyLWJ5dGVzLWxvbmc=",
        EMAIL_URL="none",
    )
    if os.environ.get("TEST_READ_MODELS") == "apart":
        os.environ["READMODEL_DATABASE_URL"] = f"{os.environ['DATABASE_URL']}-read"
