"""Machines whose clocks are wrong: holds and deadlines end by the database's clock."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from inventory.models import Reservation
from inventory.services import expire_holds, wake
from orders.events import CHOREOGRAPHED
from orders.sagas.engine.engine import sweep
from orders.sagas.models import SagaInstance
from orders.services import flag_overdue_orders
from outbox.models import Message
from testkit.delivering import settle, settle_all_but
from testkit.invariants import assert_audited
from testkit.shop import Shop, outcome

SetClock = Callable[[timedelta], None]

wrong = pytest.mark.parametrize(
    "off", [timedelta(minutes=31), timedelta(minutes=-31)], ids=["ahead", "behind"]
)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Let the clock of this process be so far ahead of the database's."""
    right = timezone.now

    def set_clock(ahead: timedelta) -> None:
        monkeypatch.setattr(timezone, "now", lambda: right() + ahead)

    return set_clock


def holds() -> list[str]:
    return list(Reservation.objects.filter(sku="MUG").values_list("status", flat=True))


def test_a_worker_half_an_hour_ahead_ends_no_hold_of_a_worker_that_is_right(
    audited: Shop, set_clock: SetClock
) -> None:
    order = audited.order({"MUG": 10}, flow="reserve_first")
    settle_all_but("gateway")
    set_clock(timedelta(minutes=31))
    assert expire_holds() == 0
    audited.order(flow="charge_first")  # takes no expired hold away
    settle()
    assert outcome(order) == ("confirmed", "")


@wrong
def test_a_hold_is_good_for_half_an_hour_whoever_makes_it(
    shop: Shop, set_clock: SetClock, off: timedelta
) -> None:
    set_clock(off)
    order = shop.order({"MUG": 2}, flow="reserve_first")
    settle_all_but("gateway")
    set_clock(timedelta())
    hold = Reservation.objects.get(order_id=order.id)
    assert hold.expires_at is not None
    left = hold.expires_at - timezone.now()
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    settle()
    assert outcome(order) == ("confirmed", "")
    assert_audited()


@wrong
def test_what_was_waited_for_is_kept_for_half_an_hour_whoever_wakes_the_order(
    shop: Shop, set_clock: SetClock, off: timedelta
) -> None:
    order = shop.order({"MUG": 12}, partial=True)
    set_clock(off)
    settle_all_but("gateway")
    wake()
    set_clock(timedelta())
    held = Reservation.objects.get(order_id=order.id, status="held")
    assert held.expires_at is not None
    assert timedelta(minutes=29) < held.expires_at - timezone.now() <= timedelta(minutes=30)
    settle()
    assert_audited()


def test_a_customers_holds_count_as_long_as_they_are_good_wherever_they_are_counted(
    audited: Shop, set_clock: SetClock, settings: Settings
) -> None:
    settings.UNPAID_HOLDS_PER_CUSTOMER = 1
    audited.order(flow="reserve_first")
    settle_all_but("gateway")
    set_clock(timedelta(minutes=31))
    second = audited.order(flow="reserve_first")
    settle_all_but("gateway")
    settle()
    assert outcome(second) == ("cancelled", "too_many_unpaid_holds")


def test_a_sweeper_that_is_ahead_passes_no_deadline(audited: Shop, set_clock: SetClock) -> None:
    audited.order()
    settle_all_but("gateway")
    set_clock(timedelta(hours=1))
    assert sweep() == 0
    settle()


@wrong
def test_a_step_has_its_whole_time_whoever_dispatches_it(
    shop: Shop, set_clock: SetClock, off: timedelta
) -> None:
    set_clock(off)
    order = shop.order()
    settle_all_but("gateway")
    set_clock(timedelta())
    saga = SagaInstance.objects.get(correlation_id=order.id)
    assert saga.next_action_at is not None
    assert timedelta(0) < saga.next_action_at - timezone.now() < timedelta(minutes=11)
    assert sweep() == 0
    settle()
    assert_audited()


def test_a_choreographed_order_is_overdue_by_the_clock_of_the_log(audited: Shop) -> None:
    """Its id and ``placed_at`` are from the clock of whoever placed it."""
    order = audited.order(flow=CHOREOGRAPHED)
    settle_all_but("gateway")
    assert flag_overdue_orders() == 0
    long_ago = timezone.now() - timedelta(minutes=31)
    Message.objects.filter(correlation_id=order.id).update(recorded_at=long_ago)
    assert flag_overdue_orders() == 1
    settle()


@pytest.fixture(autouse=True)
def _one_hop_at_a_time(settings: Settings) -> None:
    settings.OUTBOX_FOLLOW_UP = False
