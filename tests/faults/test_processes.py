"""Real worker processes: killed in the middle, or with an empty broker, they lose nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from django.db import connection
from django.db.models import Sum

from config.environment import ROOT
from orders.models import Order
from payments.models import PaymentOperation
from tests.shop import PRICE, Shop, assert_clean, movable

ORDERS = 200
SECONDS_TO_SETTLE = 60


@contextmanager
def worker(log: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker with its beat on this test's database until the block ends."""
    database = os.environ["DATABASE_URL"].rpartition("/")[0]
    environment = {
        **os.environ,
        "DATABASE_URL": f"{database}/{connection.settings_dict['NAME']}",
        # Slow enough to be caught in the middle; what was held is free again soon.
        "SANDBOX_DELAY_SECONDS": "0.1",
        "OUTBOX_BATCH": "20",
        "OUTBOX_LEASE_SECONDS": "2",
        **variables,
    }
    words = (
        *("celery", "--app", "config", "worker", "--beat", "--concurrency=2"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=INFO"),
    )
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a worker and its children where they stand."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        process.wait()


def ended() -> int:
    return Order.objects.filter(status__in=("confirmed", "cancelled")).count()


def wait_until(condition: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + SECONDS_TO_SETTLE
    while not condition():
        assert time.monotonic() < until, log.read_text()[-3000:]
        time.sleep(0.02)


def broker() -> redis.Redis:
    """Connect to the broker of this test run, whichever way its address is written."""
    address = urlsplit(os.environ["REDIS_URL"])
    if address.scheme == "redis+socket":
        return redis.Redis(unix_socket_path=address.path)
    return redis.Redis.from_url(os.environ["REDIS_URL"])


@pytest.fixture
def backlog(shop: Shop) -> None:
    """Place orders whose outcomes are known: one in ten declined, one in ten out of stock."""
    shop.receive("MUG", ORDERS)
    shop.receive("RARE", 1)
    for number in range(ORDERS):
        card = {1: "pm_card_chargeDeclined", 2: "pm_sandbox_silent_once"}.get(number % 10)
        lines = {"MUG": 1, "RARE": 2} if number % 10 == 3 else {"MUG": 1}
        shop.order(lines, payment_method=card or "pm_card_visa")


def assert_nothing_lost() -> None:
    tenth = ORDERS // 10
    by_reason = {
        reason: Order.objects.filter(reason_code=reason).count()
        for reason in ("", "payment_declined", "out_of_stock")
    }
    assert by_reason == {
        "": 8 * tenth,
        "payment_declined": tenth,
        "out_of_stock": tenth,
    }
    assert money("charge") == PRICE * (8 * tenth + 3 * tenth)
    assert money("refund") == PRICE * 3 * tenth
    assert_clean()


def money(kind: str) -> int:
    operations = PaymentOperation.objects.filter(kind=kind, outcome="succeeded")
    total: int = operations.aggregate(total=Sum("amount"))["total"]
    return total


@pytest.mark.usefixtures("backlog")
def test_a_worker_killed_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with worker(log):
        wait_until(lambda: ended() >= ORDERS // 5, log)
    assert ended() < ORDERS
    with worker(log):
        wait_until(lambda: ended() == ORDERS and not movable(), log)
    assert_nothing_lost()


@pytest.mark.usefixtures("backlog")
def test_a_broker_that_forgets_everything_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with worker(log):
        wait_until(lambda: ended() >= 10, log)
        broker().flushall()
        assert ended() < ORDERS
        wait_until(lambda: ended() == ORDERS and not movable(), log)
    assert_nothing_lost()
