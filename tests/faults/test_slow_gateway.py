"""A gateway that takes its time holds up the orders that wait for it, and no other."""

import os
import signal
from pathlib import Path

from django.conf import settings

from outbox.models import Lane, Message
from payments.models import PaymentOperation
from testkit.shop import Shop, outcome
from tests.faults.processes import wait_until, worker

PAYING = 80
LONG = "600"
"""Seconds for which claims hold: longer than any test."""

CALLING = Lane.objects.filter(subscriber="gateway", claim__isnull=False)


def test_orders_that_need_no_gateway_end_while_every_worker_waits_for_it(
    shop: Shop, tmp_path: Path
) -> None:
    shop.receive("MUG", PAYING)
    shop.receive("RARE", 1)
    for _ in range(PAYING):
        shop.order()
    log = tmp_path / "worker.log"
    with worker(log, {"SANDBOX_DELAY_SECONDS": LONG, "OUTBOX_LEASE_SECONDS": LONG}):
        # More than one process of the worker may make at once.
        wait_until(lambda: CALLING.all().count() > settings.GATEWAY_CALLS_AT_ONCE, log=log)
        refused = [shop.order({"RARE": 2}, flow="reserve_first") for _ in range(20)]
        wait_until(
            lambda: all(outcome(order) == ("cancelled", "out_of_stock") for order in refused),
            log=log,
        )
    assert not PaymentOperation.objects.filter(outcome="succeeded").exists()


def test_a_worker_that_is_told_to_end_leaves_no_call_behind(shop: Shop, tmp_path: Path) -> None:
    shop.receive("MUG", PAYING)
    for _ in range(PAYING):
        shop.order()
    log = tmp_path / "worker.log"
    with worker(log, {"SANDBOX_DELAY_SECONDS": "1", "OUTBOX_LEASE_SECONDS": LONG}) as group:
        wait_until(lambda: CALLING.all().exists(), log=log)
        os.kill(group, signal.SIGTERM)
        wait_until(lambda: not CALLING.all().exists(), log=log)
    answered = PaymentOperation.objects.filter(outcome="succeeded").count()
    assert answered > 0
    asked = Message.objects.filter(subscribers__contains=["gateway"]).count()
    assert asked - Lane.objects.filter(subscriber="gateway").count() == answered
