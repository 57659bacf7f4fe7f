"""Time passes: a reply that does not come in time, comes late, or never comes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from config.postgresql.errors import DatabaseUnavailable
from orders.events import OrderCancellationRequested
from orders.models import Order
from orders.sagas.engine import engine
from orders.sagas.engine.engine import sweep
from orders.sagas.models import SagaInstance, SagaStep
from outbox.delivery.relay import drain, owed_names
from outbox.publishing import publish
from testkit.book import book_of
from testkit.clock import let_deadlines_pass
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop, outcome
from tests.sagas.own import ChargeFirst

pytestmark = pytest.mark.usefixtures("own_saga")

SILENT_FOR_LONG = "pm_sandbox_silent_thrice"


@pytest.fixture(autouse=True)
def _a_delivery_each(settings: Settings) -> None:
    """Let a subscriber be silent while its work waits: nothing is followed up."""
    settings.OUTBOX_FOLLOW_UP = False


def saga_of(order: Order) -> SagaInstance:
    return SagaInstance.objects.get(correlation_id=order.id, definition="charge_first")


def step_of(order: Order, name: str) -> SagaStep:
    return SagaStep.objects.get(saga=saga_of(order), name=name)


def ask_to_cancel(order: Order) -> None:
    with transaction.atomic():
        publish(
            OrderCancellationRequested(order_id=order.id, reason_code="cancelled_by_customer"),
            conversation=order.id,
            flow=order.flow,
        )


def test_a_charge_that_succeeds_after_its_deadline_is_adopted(audited: Shop) -> None:
    order = audited.order(payment_method=SILENT_FOR_LONG, flow="charge_first")
    drain(owed_names(), seconds=5)
    let_deadlines_pass(order.id)
    assert step_of(order, "charge").status == "unknown"
    settle()
    assert outcome(order) == ("confirmed", "")
    assert [(entry.kind, entry.amount) for entry in book_of(order.id)] == [("charge", PRICE)]


def test_a_charge_declined_after_its_deadline_leaves_nothing_to_refund(audited: Shop) -> None:
    order = audited.order(payment_method="pm_card_chargeDeclined", flow="charge_first")
    settle_all_but("gateway")
    let_deadlines_pass(order.id)
    settle()
    assert outcome(order) == ("cancelled", "payment_declined")
    assert [entry.decline_code for entry in book_of(order.id)] == ["generic_decline"]
    assert step_of(order, "charge").last_error.startswith("PaymentFailed: generic_decline")


def test_goods_reserved_after_the_deadline_are_kept(audited: Shop) -> None:
    order = audited.order(flow="charge_first")
    settle_all_but("inventory")
    let_deadlines_pass(order.id)
    settle()
    assert outcome(order) == ("confirmed", "")
    assert audited.reserved() == 1


def test_a_cancellation_undoes_what_is_unknown_too(audited: Shop) -> None:
    order = audited.order(payment_method=SILENT_FOR_LONG, flow="charge_first")
    drain(owed_names(), seconds=5)
    let_deadlines_pass(order.id)
    ask_to_cancel(order)
    settle()
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    assert [entry.kind for entry in book_of(order.id)] == ["charge", "refund"]


def test_behind_the_pivot_a_late_answer_is_asked_for_again_and_nothing_undone(
    audited: Shop,
) -> None:
    order = audited.order(flow="charge_first")
    settle_all_but("orders")
    let_deadlines_pass(order.id)
    settle()
    assert outcome(order) == ("confirmed", "")
    assert [entry.kind for entry in book_of(order.id)] == ["charge"]


def test_each_wait_is_longer_than_the_one_before(audited: Shop) -> None:
    order = audited.order(payment_method=SILENT_FOR_LONG, flow="charge_first")
    settle_all_but("gateway")
    waits = []
    for _ in range(3):
        let_deadlines_pass(order.id)
        deadline = step_of(order, "charge").deadline_at
        assert deadline is not None
        waits.append(deadline - timezone.now())
    assert waits[0] > ChargeFirst.charge.deadline
    assert waits == sorted(waits)
    settle()


def test_a_reply_in_time_leaves_nothing_for_the_sweeper(audited: Shop) -> None:
    audited.order(flow="charge_first")
    settle()
    assert sweep() == 0


@pytest.mark.parametrize(
    ("error", "shortest", "longest"),
    [
        pytest.param(DatabaseUnavailable("the server restarts"), 0, 10, id="the database"),
        pytest.param(KeyError("a step that nobody knows"), 50, 70, id="the code"),
    ],
)
def test_a_saga_that_cannot_be_moved_is_left_alone_but_not_for_long_if_the_database_was_away(
    audited: Shop, error: Exception, shortest: int, longest: int
) -> None:
    def fail(*_: Any) -> None:
        raise error

    stuck = audited.order(flow="charge_first")
    settle_all_but("gateway")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "carry_out", fail)
        let_deadlines_pass(stuck.id)
    next_look = saga_of(stuck).next_action_at
    assert next_look is not None
    alone = next_look - timezone.now()
    assert timedelta(seconds=shortest) < alone < timedelta(seconds=longest)
    settle()
    assert outcome(stuck) == ("confirmed", "")


def test_past_its_horizon_an_unknown_charge_is_a_humans_and_its_answer_is_adopted(
    audited: Shop,
) -> None:
    order = audited.order(flow="charge_first")
    settle_all_but("gateway")
    for _ in range(ChargeFirst.charge.retry.attempts):
        let_deadlines_pass(order.id)
    settle_all_but("gateway")
    saga = saga_of(order)
    assert (saga.status, saga.next_action_at) == ("needs_attention", None)
    assert saga.attention_reason == "charge is unknown: no reply to ChargePayment (12.50 GBP)"
    order.refresh_from_db()
    assert order.needs_attention

    settle()
    assert outcome(order) == ("confirmed", "")
    assert not order.needs_attention


def test_a_compensation_nobody_answers_ends_with_a_flagged_order(audited: Shop) -> None:
    order = audited.order({"MUG": 11}, flow="charge_first")
    settle_all_but("inventory")
    settle_all_but("gateway")
    for _ in range(ChargeFirst.charge.compensation_retry.attempts):
        let_deadlines_pass(order.id)
    settle_all_but("gateway")
    assert saga_of(order).attention_reason == (
        "charge is not compensated: no reply to RefundPayment (137.50 GBP)"
    )
    order.refresh_from_db()
    assert order.needs_attention

    settle()
    assert outcome(order) == ("cancelled", "out_of_stock")
    assert not order.needs_attention


def test_a_late_success_while_the_order_is_being_cancelled_is_undone(audited: Shop) -> None:
    """The release of goods that came late is owed even when the cancellation answers before it."""
    order = audited.order(flow="charge_first")
    settle_all_but("inventory")
    ask_to_cancel(order)
    settle_all_but("inventory")
    for _ in range(ChargeFirst.reserve.compensation_retry.attempts):
        let_deadlines_pass(order.id)
    settle()
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    assert saga_of(order).status == "compensated"
    assert audited.reserved() == 0


def test_a_saga_that_this_code_does_not_know_holds_up_no_other_deadline(audited: Shop) -> None:
    stranger, known = (
        audited.order(payment_method=SILENT_FOR_LONG, flow="charge_first") for _ in range(2)
    )
    drain(owed_names(), seconds=5)
    SagaInstance.objects.filter(correlation_id=stranger.id).update(
        version=99, next_action_at=timezone.now() - timedelta(minutes=1)
    )
    let_deadlines_pass(known.id)
    assert step_of(known, "charge").status == "unknown"
    left_alone = saga_of(stranger)
    assert left_alone.status == "running"
    assert left_alone.next_action_at is not None
    assert left_alone.next_action_at > timezone.now()

    SagaInstance.objects.filter(correlation_id=stranger.id).update(version=1)
    let_deadlines_pass(stranger.id)
    settle()
    assert outcome(known) == outcome(stranger) == ("confirmed", "")
