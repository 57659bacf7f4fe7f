"""Operators' verbs on real sagas: permission, reason, dry run, effect, and the recorded act."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from orders.models import Order
from orders.sagas.definitions.cancel_confirmed import CancelConfirmed
from orders.sagas.models import SagaInstance, SagaStep
from orders.sagas.operators import verbs
from orders.services import LineToReturn, request_cancellation, request_return
from outbox.acts import ReasonMissing
from outbox.models import Message, OperatorAct
from testkit.book import book_of
from testkit.clock import let_deadlines_pass
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop
from tests.sagas.own import ChargeFirst

WHY = "the gateway's support says that it is down"


@pytest.fixture(autouse=True)
def _a_delivery_each(settings: Settings) -> None:
    """Switch follow-up off, so that each delivery is one step of a test."""
    settings.OUTBOX_FOLLOW_UP = False


@pytest.fixture
def unknown(audited: Shop) -> Order:
    """Return an order whose charge is unknown past its horizon; operators were alerted."""
    order = audited.order(flow="charge_first")
    settle_all_but("gateway")
    for _ in range(ChargeFirst.charge.retry.attempts):
        let_deadlines_pass(order.id)
    settle_all_but("gateway")
    return order


def saga_of(order: Order) -> SagaInstance:
    return SagaInstance.objects.get(correlation_id=order.id)


def outcome(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.status, order.reason_code


def sagas(*words: str, **options: Any) -> str:
    printed = StringIO()
    call_command("sagas", *words, stdout=printed, **options)
    return printed.getvalue()


def test_operators_are_alerted_once_with_what_is_left(unknown: Order) -> None:
    alerts = Message.objects.filter(type="AlertOperators", correlation_id=unknown.id)
    assert [alert.payload["text"] for alert in alerts] == [
        "charge is unknown: no reply to ChargePayment (12.50 GBP)"
    ]


def test_an_alert_is_mailed_to_admins(
    audited: Shop, settings: Settings, mailoutbox: list[mail.EmailMessage]
) -> None:
    settings.ADMINS = [("Ops", "ops@shop.example")]
    order = audited.order(flow="charge_first")
    settle_all_but("gateway")
    for _ in range(ChargeFirst.charge.retry.attempts):
        let_deadlines_pass(order.id)
    settle_all_but("gateway")
    (message,) = mailoutbox
    assert message.to == ["ops@shop.example"]
    assert "no reply to ChargePayment (12.50 GBP)" in message.body
    settle()


def test_a_dry_run_lists_what_would_be_sent_and_changes_nothing(unknown: Order) -> None:
    before = list(Message.objects.values_list("id", flat=True))
    outlook = verbs.compensate(saga_id=saga_of(unknown).id, by=None, reason="", dry_run=True)
    assert outlook.sends == ["RefundPayment (12.50 GBP)", "CancelOrder"]
    assert outlook.after == "compensating"
    assert saga_of(unknown).status == "needs_attention"
    assert list(Message.objects.values_list("id", flat=True)) == before
    assert not OperatorAct.objects.exists()


def test_what_needs_attention_is_named_in_amounts_and_units(audited: Shop) -> None:
    order = audited.order({"MUG": 2})
    settle()
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle_all_but("payments")
    saga = SagaInstance.objects.get(correlation_id=order.id, definition="cancel_confirmed")
    outlook = verbs.retry(saga_id=saga.id, by=None, reason="", dry_run=True)
    assert outlook.sends == ["RefundPayment (25.00 GBP)"]
    outlook = verbs.resolve(saga_id=saga.id, by=None, reason="", dry_run=True)
    assert outlook.sends == ["RecordRefund (25.00 GBP)", "ReleaseInventory (2 x MUG)"]
    for _ in range(CancelConfirmed.refund.retry.attempts):
        let_deadlines_pass(order.id)
    saga.refresh_from_db()
    assert saga.attention_reason == "refund is unknown: no reply to RefundPayment (25.00 GBP)"
    settle()


def test_each_step_of_a_flow_is_named_in_amounts_and_units(audited: Shop) -> None:
    order = audited.order({"MUG": 2}, flow="reserve_first")
    settle_all_but("gateway")
    outlook = verbs.compensate(saga_id=saga_of(order).id, by=None, reason="", dry_run=True)
    assert outlook.sends == [
        "RefundPayment (25.00 GBP)",
        "ReleaseInventory (2 x MUG)",
        "CancelOrder",
    ]
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle_all_but("payments")
    saga = SagaInstance.objects.get(correlation_id=order.id, definition="return_lines")
    outlook = verbs.retry(saga_id=saga.id, by=None, reason="", dry_run=True)
    assert outlook.sends == ["RefundPaymentPart (12.50 GBP)"]
    settle()


def test_compensate_refunds_a_charge_that_happens_after_all(unknown: Order) -> None:
    saga = saga_of(unknown)
    verbs.compensate(saga_id=saga.id, by=None, reason=WHY)
    settle()
    assert outcome(unknown) == ("cancelled", "payment_unresolved")
    assert not unknown.needs_attention
    kinds = [entry.kind for entry in book_of(unknown.id) if entry.amount == PRICE]
    assert kinds in ([], ["charge", "refund"])
    act = OperatorAct.objects.get()
    assert (act.verb, act.reason, act.correlation_id) == ("compensate saga", WHY, unknown.id)
    assert act.details["sends"] == ["RefundPayment (12.50 GBP)", "CancelOrder"]


def test_retry_asks_again_at_once_with_all_attempts_before_it(unknown: Order) -> None:
    verbs.retry(saga_id=saga_of(unknown).id, by=None, reason=WHY)
    step = SagaStep.objects.get(saga=saga_of(unknown), name="charge")
    assert (step.attempts, step.deadline_at is not None) == (1, True)
    settle()
    assert outcome(unknown) == ("confirmed", "")
    assert not unknown.needs_attention


def test_deadlines_stand_still_while_a_saga_is_suspended(audited: Shop) -> None:
    order = audited.order(flow="charge_first")
    settle_all_but("gateway")
    saga = saga_of(order)
    verbs.suspend(saga_id=saga.id, by=None, reason=WHY)
    step = SagaStep.objects.get(saga=saga, name="charge")
    hour = timedelta(hours=1)
    SagaInstance.objects.filter(pk=saga.pk).update(suspended_at=timezone.now() - hour)
    let_deadlines_pass(order.id, steps=("reserve",))
    assert saga_of(order).next_action_at is None

    verbs.resume(saga_id=saga.id, by=None, reason=WHY)
    resumed = SagaStep.objects.get(pk=step.pk)
    assert step.deadline_at is not None
    assert resumed.deadline_at is not None
    assert resumed.deadline_at - step.deadline_at >= hour
    assert saga_of(order).next_action_at == resumed.deadline_at
    settle()
    assert outcome(order) == ("confirmed", "")


def test_a_suspended_saga_dispatches_nothing_and_goes_on_where_it_was(audited: Shop) -> None:
    order = audited.order(flow="charge_first")
    settle_all_but("gateway")
    verbs.suspend(saga_id=saga_of(order).id, by=None, reason=WHY)
    settle()
    assert outcome(order) == ("pending", "")
    assert list(saga_of(order).steps.values_list("name", "status")) == [("charge", "succeeded")]
    verbs.resume(saga_id=saga_of(order).id, by=None, reason=WHY)
    settle()
    assert outcome(order) == ("confirmed", "")


def test_a_compensation_done_by_hand_lets_the_saga_end_its_order(audited: Shop) -> None:
    order = audited.order({"MUG": 11}, payment_method="pm_card_visa", flow="charge_first")
    settle_all_but("gateway", "inventory")
    settle_all_but("inventory")
    settle_all_but("gateway")
    for _ in range(ChargeFirst.charge.compensation_retry.attempts):
        let_deadlines_pass(order.id)
    assert saga_of(order).status == "needs_attention"
    verbs.resolve(saga_id=saga_of(order).id, by=None, reason="refunded in the bank's own pages")
    settle()
    assert outcome(order) == ("cancelled", "out_of_stock")
    assert saga_of(order).status == "resolved_manually"


def test_who_may_not_is_refused_and_who_may_is_named(unknown: Order) -> None:
    operator = User.objects.create_user("mallory")
    saga = saga_of(unknown)
    with pytest.raises(PermissionDenied):
        verbs.retry(saga_id=saga.id, by=operator, reason=WHY)
    operator.user_permissions.add(Permission.objects.get(codename="retry_saga"))
    verbs.retry(saga_id=saga.id, by=User.objects.get(pk=operator.pk), reason=WHY)
    assert OperatorAct.objects.get().actor == "mallory"
    settle()


def test_without_a_reason_nothing_is_done(unknown: Order) -> None:
    with pytest.raises(ReasonMissing):
        verbs.retry(saga_id=saga_of(unknown).id, by=None, reason=" ")
    assert saga_of(unknown).status == "needs_attention"
    settle()


def test_the_command_takes_an_orders_id_and_prints_what_happens(unknown: Order) -> None:
    printed = sagas("compensate", str(unknown.id), "--dry-run")
    assert printed.splitlines() == [
        "saga: needs attention -> compensating",
        "changes: saga starts compensating",
        "changes: charge compensating",
        "sends: RefundPayment (12.50 GBP)",
        "sends: CancelOrder",
        "nothing was changed",
    ]
    sagas("skip", str(unknown.id), "--step", "charge", "--dry-run")
    sagas("retry", str(unknown.id), "--reason", WHY)
    settle()
    assert outcome(unknown) == ("confirmed", "")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["retry"], "--reason: say why it has to be done"),
        (["resume", "--reason", WHY], "only a suspended saga can be resumed"),
        (["skip", "--step", "wrap", "--reason", WHY], "it has no step wrap"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(
    unknown: Order, words: list[str], says: str
) -> None:
    verb, *rest = words
    with pytest.raises(CommandError, match=says) as refused:
        sagas(verb, str(unknown.id), *rest)
    assert refused.value.returncode == 2
    settle()


def test_an_id_of_nothing_is_named(db: None) -> None:  # noqa: ARG001 - the tables
    with pytest.raises(CommandError, match="is no saga, and no order with one open saga"):
        sagas("retry", "00000000-0000-0000-0000-000000000000", "--reason", WHY)
