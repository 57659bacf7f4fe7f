"""Sagas with bugs put in: the audit, or the deployment gate, has to show each of them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from config.audit.findings import as_lines, audit
from config.audit.invariant import Run
from orders.models import Order
from orders.sagas.definitions.charge_first import ChargeFirst
from orders.sagas.engine import course, reactions
from orders.sagas.engine.pinning import UnknownDefinition, definition_of
from orders.sagas.engine.state import SagaState
from orders.sagas.models import SagaInstance, SagaStatus, SagaStep, StepStatus
from orders.sagas.operators.versions import stranded
from orders.sagas.vocabulary.saga import AnyStep, Reply, Saga
from orders.services.cancelling import request_cancellation
from outbox.messages import Event
from outbox.publishing import publish
from payments.events import PaymentCompleted
from testkit.clock import let_deadlines_pass
from testkit.delivering import settle, settle_all_but
from testkit.proofs import PROOFS
from testkit.sagas import forgetting
from testkit.shop import PRICE, Shop
from tests.sagas.defining import edited_in_place

ILLEGAL = "a saga went a path that its definition does not allow"
LATE = "a saga that has not ended has no next action, or is late for it"


@pytest.fixture(autouse=True)
def _a_delivery_each(settings: Settings) -> None:
    """Let a subscriber be silent while its work waits: nothing is followed up."""
    settings.OUTBOX_FOLLOW_UP = False


def found() -> str:
    return "\n".join(as_lines(audit(Run(own_book=True), PROOFS)))


def waiting_for_its_charge(shop: Shop) -> Order:
    order = shop.order(flow="charge_first")
    settle_all_but("gateway")
    return order


def cancelled_with_both_steps_done(shop: Shop) -> Order:
    """Cancel an order that was charged and whose goods are reserved, before it is confirmed."""
    order = shop.order(flow="charge_first")
    settle_all_but("orders")
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    return order


def test_a_timeout_treated_as_failure(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(state: SagaState, step: AnyStep) -> None:
        state.mark(step, StepStatus.FAILED)
        state.received["reason_code"] = step.reason_if_unknown
        course.start_compensating(state)

    planted = {**reactions.OVERDUE, StepStatus.DISPATCHED: fail}
    monkeypatch.setattr(reactions, "OVERDUE", planted)
    order = waiting_for_its_charge(shop)
    let_deadlines_pass(order.id)
    assert ILLEGAL in found()
    assert "charge dispatched -> failed because of deadline passed" in found()


def test_a_compensation_that_skips_an_unknown_step(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "AMBIGUOUS", (StepStatus.SUCCEEDED, StepStatus.DISPATCHED))
    order = waiting_for_its_charge(shop)
    let_deadlines_pass(order.id)
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert ILLEGAL in found()
    assert "on_abort pending -> dispatched" in found()


def test_compensations_that_run_forwards(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "reversed", lambda steps: steps, raising=False)
    cancelled_with_both_steps_done(shop)
    assert ILLEGAL in found()
    assert "charge succeeded -> compensating" in found()


def test_the_same_orders_are_found_clean_without_a_bug(shop: Shop) -> None:
    order = cancelled_with_both_steps_done(shop)
    steps = dict(SagaStep.objects.values_list("name", "status"))
    assert steps == {
        "charge": "compensated",
        "reserve": "compensated",
        "confirm": "failed",
        "on_abort": "succeeded",
    }
    unknown = waiting_for_its_charge(shop)
    let_deadlines_pass(unknown.id)
    request_cancellation(order_id=unknown.id, reason_code="cancelled_by_customer")
    settle()
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert ILLEGAL not in found()


def test_a_late_success_that_revives_a_cancelled_order(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def revive(state: SagaState, step: AnyStep, _event: Event) -> None:
        state.compensating = False
        state.mark(step, StepStatus.SUCCEEDED)
        state.status = SagaStatus.RUNNING
        course.move_on(state)

    planted = {**reactions.ANSWERS, (StepStatus.FAILED, Reply.SUCCESS): revive}
    monkeypatch.setattr(reactions, "ANSWERS", planted)
    order = shop.order(payment_method="pm_card_chargeDeclined", flow="charge_first")
    settle()
    with transaction.atomic():
        publish(
            PaymentCompleted(order_id=order.id, amount=PRICE, currency="GBP"),
            conversation=order.id,
            flow=order.flow,
        )
    settle_all_but("orders")
    assert ILLEGAL in found()
    assert "charge failed -> succeeded because of PaymentCompleted" in found()


def test_a_sweeper_that_is_off(shop: Shop) -> None:
    order = waiting_for_its_charge(shop)
    long_ago = timezone.now() - timedelta(minutes=5)
    SagaInstance.objects.filter(correlation_id=order.id).update(next_action_at=long_ago)
    assert LATE in found()


@pytest.fixture
def edited() -> Iterator[type[Saga]]:
    """Have an inserted step in the version that sagas are running on."""
    with forgetting():
        yield ChargeFirst


def test_a_definition_that_is_edited_in_place(shop: Shop, edited: type[Saga]) -> None:
    order = waiting_for_its_charge(shop)
    saga = SagaInstance.objects.get(correlation_id=order.id)
    edited_in_place(reserve=edited.steps[1], charge=edited.steps[0], confirm=edited.steps[2])
    assert [(each.count, each.why) for each in stranded()] == [(1, "it was edited under them")]
    with pytest.raises(UnknownDefinition, match="was edited under running sagas"):
        definition_of(saga)
