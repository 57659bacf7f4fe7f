"""A broker that says no for a few seconds, and then yes again (M4): no worker ends by it.

Every test ends with the audit: nothing was lost, and nothing was applied twice.
"""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from config.demo.stack.programs import Program
from config.demo.stack.supervisor import Supervisor
from config.environment.paths import ROOT
from orders.models import Order
from testkit.shop import Shop
from tests.faults.brokers import NotHere, Redis, make_broker
from tests.faults.conftest import Stack, settled
from tests.faults.processes import QUIET, SECONDS_TO_START, databases, times_ready, wait_until
from tests.faults.test_broker_loss import place, post_order, selling
from tests.ports import HOST

__all__ = ["selling"]

SECONDS_OF_REFUSAL = 3

Commands = Sequence[tuple[str, ...]]

REFUSALS: dict[str, tuple[str, Commands, Commands]] = {
    "demoted to a replica": (
        "redis",
        [("REPLICAOF", HOST, "1")],
        [("REPLICAOF", "NO", "ONE")],
    ),
    "forbids to listen": (
        "redis",
        [("ACL", "SETUSER", "default", "-brpop")],
        [("ACL", "SETUSER", "default", "+brpop")],
    ),
    "forbids to ring": (
        "redis",
        [("ACL", "SETUSER", "default", "-lpush", "-rpush")],
        [("ACL", "SETUSER", "default", "+lpush", "+rpush")],
    ),
    "is full": (
        "redis",
        [("CONFIG", "SET", "maxmemory", "1")],
        [("CONFIG", "SET", "maxmemory", "0")],
    ),
    "ends its connections": ("redis", [("CLIENT", "KILL", "TYPE", "normal")], []),
    "forbids its queue": (
        "rabbitmq",
        [("clear_permissions", "guest"), ("close_all_connections", "a test")],
        [("set_permissions", "guest", ".*", ".*", ".*")],
    ),
    "forbids to read and write": (
        "rabbitmq",
        [("set_permissions", "guest", "", "", ""), ("delete_queue", "orders")],
        [("set_permissions", "guest", ".*", ".*", ".*")],
    ),
}


def is_running(process: int) -> bool:
    state = Path(f"/proc/{process}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] not in "ZX"


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_broker_that_refuses_for_seconds_ends_no_worker(
    stack: Stack, selling: Shop, refusal: str
) -> None:
    kind, begin, end = REFUSALS[refusal]
    if isinstance(stack.broker, Redis) != (kind == "redis"):
        pytest.skip(f"what {kind} may say")
    place(selling, 5)
    try:
        for words in begin:
            stack.broker.ask(*words)
        place(selling, 5)
        assert post_order(stack, selling) == 202
        time.sleep(SECONDS_OF_REFUSAL)
    finally:
        for words in end:
            stack.broker.ask(*words)
    stack.wait_until_settled()
    assert is_running(stack.worker)
    assert Order.objects.count() == 11


def test_under_a_supervisor_the_same_worker_and_beat_go_on(tmp_path: Path, selling: Shop) -> None:
    try:
        broker = make_broker("valkey", tmp_path)
    except NotHere as error:
        pytest.skip(str(error))
    broker.start()
    supervisor = Supervisor(logs=tmp_path)
    variables = {**os.environ, **databases(), "BROKER_URL": broker.url(broker.port)}
    celery = (sys.executable, "-m", "celery", "--app", "config")
    worker = (*celery, "worker", "--concurrency=1", *QUIET)
    supervisor.start(
        Program(name=name, command=command, folder=ROOT, variables=variables)
        for name, command in {"worker": worker, "beat": (*celery, "beat")}.items()
    )
    before = [child.process.pid for child in supervisor.children]
    try:
        supervisor.wait_until(
            lambda: times_ready(tmp_path / "worker.log") > 0,
            seconds=SECONDS_TO_START,
            what="no worker",
        )
        broker.ask("REPLICAOF", HOST, "1")
        place(selling, 5)
        time.sleep(SECONDS_OF_REFUSAL)
        broker.ask("REPLICAOF", "NO", "ONE")
        wait_until(settled, log=tmp_path / "worker.log")
        supervisor.watch()
        assert [child.process.pid for child in supervisor.children] == before
    finally:
        supervisor.stop()
        broker.kill()
