"""Real worker processes that are killed at a boundary between two commits lose nothing."""

from pathlib import Path

import pytest
from django.db.models import Sum

from orders.models import Order
from payments.models import PaymentOperation
from testkit.delivering import movable
from testkit.invariants import assert_clean
from testkit.shop import PRICE, Shop
from tests.faults.dying import BOUNDARIES
from tests.faults.processes import wait_until, worker

ORDERS = 100


def ended() -> int:
    return Order.objects.filter(status__in=("confirmed", "cancelled")).count()


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
def test_a_worker_killed_at_every_boundary_between_two_commits_loses_nothing(
    tmp_path: Path,
) -> None:
    log, died = tmp_path / "worker.log", tmp_path / "died"
    died.mkdir()
    with worker(log, {"DIED": str(died)}, app="tests.faults.dying"):
        # On a busy machine all orders may have ended before somebody comes to the last boundary.
        wait_until(
            lambda: {mark.name for mark in died.iterdir()} == {*BOUNDARIES}, log=log, seconds=90
        )
        wait_until(lambda: ended() == ORDERS and not movable(), log=log, seconds=90)
    assert_nothing_lost()
