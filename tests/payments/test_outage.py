"""While a gateway is down or not called, goods that wait for its answer stay held."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import F
from pytest_django import Settings

from inventory.services import expire_holds
from orders.flows import RESERVE_FIRST
from orders.models import Order
from outbox.delivery.batch import deliver_batch
from outbox.registry import subscribers
from payments.gateways import line
from payments.models import PaymentOperation
from payments.services.waiting import ANSWERED_WITHIN
from payments.tasks import keep_goods_of_the_unanswered
from testkit.clock import age_holds, let_deadlines_pass
from testkit.delivering import hurry, settle, settle_all_but
from testkit.shop import Shop, outcome


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[None]:
    """Take the gateway down; its circuit stays open once that is detected."""
    settings.GATEWAY_CALLS_AT_ONCE = 2
    monkeypatch.setattr(line, "SHORTEST_PAUSE", 3600.0)
    monkeypatch.setattr(line, "LONGEST_PAUSE", 3600.0)
    line.line_to.cache_clear()
    switch = Path(f"{settings.SANDBOX_BOOK}.away")
    switch.touch()
    yield
    switch.unlink(missing_ok=True)


def ten_orders(shop: Shop) -> list[Order]:
    shop.receive("MUG", 10)
    return [shop.order({"MUG": 1}, flow=RESERVE_FIRST) for _ in range(10)]


def let_holds_run_out(orders: list[Order]) -> None:
    for order in orders:
        age_holds(order.id)
    expire_holds()


def come_back() -> None:
    Path(f"{settings.SANDBOX_BOOK}.away").unlink()
    line.line_to.cache_clear()
    settle()


@pytest.mark.usefixtures("away")
def test_an_outage_of_the_gateway_cancels_no_order_whose_goods_are_there(audited: Shop) -> None:
    orders = ten_orders(audited)
    settle_all_but("gateway")
    for _ in range(3):
        hurry()
        deliver_batch(subscribers["gateway"])
        settle_all_but("gateway")
    never_called = PaymentOperation.objects.filter(attempts=0)
    assert never_called.exists(), "the line has not closed: this shows nothing"
    assert set(never_called.values_list("outcome", flat=True)) == {"unknown"}
    let_holds_run_out(orders)
    assert audited.reserved() == 10
    come_back()
    assert {outcome(order) for order in orders} == {("confirmed", "")}


def test_orders_that_nobody_has_called_the_gateway_for_keep_their_goods(audited: Shop) -> None:
    orders = ten_orders(audited)
    settle_all_but("gateway")
    PaymentOperation.objects.update(requested_at=F("requested_at") - ANSWERED_WITHIN)
    keep_goods_of_the_unanswered()
    settle_all_but("gateway")
    let_holds_run_out(orders)
    settle()
    assert {outcome(order) for order in orders} == {("confirmed", "")}


AFTER_THE_HOLD = ["payments", "gateway", "sagas", "inventory"]


@pytest.mark.parametrize("behind", AFTER_THE_HOLD)
def test_an_outage_of_everything_ends_no_hold_before_what_is_owed_was_heard(
    audited: Shop, settings: Settings, behind: str
) -> None:
    """Stop before each subscriber that takes the order from its hold to its end."""
    settings.OUTBOX_FOLLOW_UP = False
    order = audited.order({"MUG": 10}, flow=RESERVE_FIRST)
    settle_all_but("payments")
    assert audited.reserved() == 10
    for name in AFTER_THE_HOLD[: AFTER_THE_HOLD.index(behind) + 1]:
        settle_all_but(name)
    let_holds_run_out([order])
    let_deadlines_pass(order.id)
    late = audited.order(flow="charge_first")
    settle_all_but(behind)
    expire_holds()
    assert audited.reserved() == 10
    settle()
    assert outcome(order) == ("confirmed", "")
    assert outcome(late) == ("cancelled", "out_of_stock")


def test_one_that_was_asked_for_just_now_is_not_unknown_yet(audited: Shop) -> None:
    ten_orders(audited)
    settle_all_but("gateway")
    past = ANSWERED_WITHIN - timedelta(seconds=30)
    PaymentOperation.objects.update(requested_at=F("requested_at") - past)
    keep_goods_of_the_unanswered()
    assert not PaymentOperation.objects.filter(outcome="unknown").exists()
    settle()
