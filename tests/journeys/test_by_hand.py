"""What humans settle outside of the gateway: the books know it, and nothing is paid twice."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import Permission, User
from pytest_django import Settings

from orders.models import Order, OrderReturn, RefundProposal
from orders.sagas.models import SagaInstance
from orders.sagas.operators import verbs
from orders.services import (
    LineToReturn,
    RefundNeedsAnother,
    approve_refund,
    request_cancellation,
    request_return,
)
from outbox.delivery.batch import deliver_batch
from outbox.models import Message, OperatorAct
from outbox.registry import subscribers
from payments.models import Payment, PaymentOperation
from readmodels.models import MoneyAtRisk
from testkit.book import kept, moved, taken
from testkit.clock import let_deadlines_pass
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop, outcome
from tests.sagas.own import ChargeFirst

pytestmark = pytest.mark.usefixtures("own_saga")

REFUSED = "pm_sandbox_refund_declined"
STANDS = ("confirmed", "")
WHY = "by bank transfer"


def saga_of(order: Order) -> SagaInstance:
    """Return the saga of an order that began last."""
    return SagaInstance.objects.filter(correlation_id=order.id).latest("started_at", "id")


def resolve(order: Order, reference: str = "transfer 7") -> None:
    verbs.resolve(saga_id=saga_of(order).id, by=None, reason=WHY, reference=reference)
    settle()


def cancel(order: Order) -> None:
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()


def bring_back(order: Order, units: int = 1) -> None:
    request_return(order_id=order.id, lines=[LineToReturn(1, units)])
    settle()


def relent() -> None:
    """Let the bank refuse nothing any more."""
    with closing(sqlite3.connect(Path(configured.SANDBOX_BOOK), isolation_level=None)) as book:
        book.execute("UPDATE entry SET payment_method = 'pm_card_visa'")
    Payment.objects.update(payment_method="pm_card_visa")


def flags(order: Order) -> tuple[bool, bool]:
    """Say whether an order and its payment need attention."""
    order.refresh_from_db()
    return order.needs_attention, Payment.objects.get(order_id=order.id).needs_attention


def alerts(order: Order) -> list[str]:
    sent = Message.objects.filter(type="AlertOperators", correlation_id=order.id)
    return [each.payload["text"] for each in sent.order_by("sequence")]


def by_hand(order: Order) -> list[tuple[str, int, str, str]]:
    rows = PaymentOperation.objects.filter(payment__order_id=order.id, outside=True).order_by("id")
    return list(rows.values_list("kind", "amount", "how", "gateway_reference"))


def unanswered(shop: Shop, flow: str = "charge_first") -> Order:
    """Place an order whose card the gateway has not answered for, past every deadline."""
    order = shop.order(flow=flow)
    settle_all_but("gateway")
    for _ in range(ChargeFirst.charge.retry.attempts):
        let_deadlines_pass(order.id)
        settle_all_but("gateway")
    assert saga_of(order).status == "needs_attention"
    return order


def test_what_a_human_paid_for_a_return_is_not_paid_again_when_the_order_is_cancelled(
    audited: Shop,
) -> None:
    order = audited.order({"MUG": 4}, payment_method=REFUSED)
    settle()
    bring_back(order)
    resolve(order)
    assert by_hand(order) == [("refund", PRICE, WHY, "transfer 7")]
    assert OrderReturn.objects.get().completed_at is not None
    assert flags(order) == (False, False)
    relent()
    cancel(order)
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    assert moved(order.id, "refund") == [3 * PRICE]


def test_a_human_hears_at_once_that_a_refund_was_refused(audited: Shop) -> None:
    order = audited.order({"MUG": 2}, payment_method=REFUSED)
    settle()
    bring_back(order)
    assert saga_of(order).status == "needs_attention"
    assert flags(order) == (True, True)
    (alert,) = alerts(order)
    assert "declined_by_sandbox" in alert
    assert "12.50 GBP" in alert


def test_a_refund_that_the_bank_makes_after_all_takes_all_flags_down(audited: Shop) -> None:
    order = audited.order(payment_method=REFUSED)
    settle()
    cancel(order)
    assert flags(order) == (True, True)
    relent()
    let_deadlines_pass(order.id)
    settle()
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    assert flags(order) == (False, False)


def test_an_undo_by_hand_ends_the_order_its_flags_and_its_risk(audited: Shop) -> None:
    order = audited.order({"MUG": 11}, payment_method=REFUSED)
    settle()
    assert saga_of(order).status == "needs_attention"
    assert MoneyAtRisk.objects.get(order_id=order.id).amount == 11 * PRICE
    resolve(order)
    assert outcome(order) == ("cancelled", "out_of_stock")
    assert by_hand(order) == [("refund", 11 * PRICE, WHY, "transfer 7")]
    assert flags(order) == (False, False)
    assert MoneyAtRisk.objects.get(order_id=order.id).amount == 0


@pytest.mark.parametrize("flow", ["charge_first", "reserve_first"])
def test_a_card_that_answers_after_the_customer_has_paid_in_cash_is_given_back_and_shown(
    audited: Shop, flow: str
) -> None:
    order = unanswered(audited, flow)
    verbs.resolve(saga_id=saga_of(order).id, by=None, reason="in cash")
    settle_all_but("gateway")
    assert outcome(order) == STANDS
    assert flags(order) == (False, False)
    settle()
    assert kept(order.id) == 0
    assert by_hand(order) == [("charge", PRICE, "in cash", "")]
    if flow == "charge_first":
        assert "the gateway took 1250, which shell:root has settled: it goes back" in alerts(order)


@pytest.mark.parametrize("flow", ["charge_first", "reserve_first"])
def test_a_card_that_answers_after_its_step_was_skipped_is_given_back(
    audited: Shop, flow: str
) -> None:
    order = unanswered(audited, flow)
    step = "charge" if flow == "charge_first" else "authorize"
    verbs.skip(saga_id=saga_of(order).id, step=step, by=None, reason="a gift")
    settle()
    assert outcome(order) == STANDS
    assert kept(order.id) == 0
    assert by_hand(order) == [("charge", 0, "a gift", "")]


def test_of_an_order_that_was_a_gift_nothing_goes_back(audited: Shop) -> None:
    order = audited.order({"MUG": 2}, flow="charge_first")
    settle_all_but("gateway")
    let_deadlines_pass(order.id)
    verbs.skip(saga_id=saga_of(order).id, step="charge", by=None, reason="a gift")
    settle()
    bring_back(order)
    assert audited.reserved() == 1
    cancel(order)
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    assert by_hand(order) == [("charge", 0, "a gift", "")]


def test_what_was_paid_in_cash_goes_back_by_hand(audited: Shop) -> None:
    order = unanswered(audited)
    resolve(order, reference="receipt 7")
    cancel(order)
    assert saga_of(order).status == "needs_attention"
    assert "made_outside" in saga_of(order).attention_reason
    assert moved(order.id, "refund") == taken(order.id)
    resolve(order, reference="receipt 8")
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    assert [each[0] for each in by_hand(order)] == ["charge", "refund"]
    assert flags(order)[0] is False


def test_a_refund_made_by_hand_is_not_asked_of_the_gateway_any_more(
    audited: Shop, settings: Settings
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    order = audited.order({"MUG": 2})
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle_all_but("gateway")
    verbs.resolve(saga_id=saga_of(order).id, by=None, reason=WHY)
    settle_all_but("gateway")
    settle()
    assert moved(order.id, "refund") == []
    assert OrderReturn.objects.get().completed_at is not None


def test_a_refund_that_the_gateway_has_made_although_it_was_made_by_hand_calls_a_human(
    audited: Shop, settings: Settings
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    order = audited.order({"MUG": 2}, payment_method="pm_sandbox_refund_silent_once")
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle_all_but("gateway")
    deliver_batch(subscribers["gateway"])
    verbs.resolve(saga_id=saga_of(order).id, by=None, reason=WHY)
    settle_all_but("gateway")
    assert flags(order) == (False, False)
    settle()
    assert moved(order.id, "refund") == [PRICE]
    assert flags(order) == (False, True)
    assert alerts(order) == ["refund of 1250 succeeded after it was made by hand"]


def person(name: str, *permissions: str) -> User:
    user = User.objects.create(username=name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return User.objects.get(pk=user.pk)


def test_above_the_limit_a_second_person_agrees_to_what_was_done_by_hand(
    audited: Shop, settings: Settings
) -> None:
    settings.REFUND_APPROVAL_ABOVE = PRICE - 1
    order = audited.order(payment_method=REFUSED)
    settle()
    cancel(order)
    ada = person("ada", "resolve_saga", "approve_refund")
    saga = saga_of(order)
    said = verbs.resolve(saga_id=saga.id, by=ada, reason=WHY, reference="transfer 7")
    settle()
    assert said.needs_another
    assert (by_hand(order), outcome(order)[0]) == ([], "cancelling")
    proposal = RefundProposal.objects.get()
    with pytest.raises(RefundNeedsAnother):
        approve_refund(proposal_id=proposal.id, reason="sure", by=ada)
    approve_refund(proposal_id=proposal.id, reason="seen it", by=person("bob", "approve_refund"))
    settle()
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    row = PaymentOperation.objects.get(outside=True)
    assert (row.made_by, row.approved_by, row.gateway_reference) == ("ada", "bob", "transfer 7")
    assert list(OperatorAct.objects.order_by("id").values_list("actor", "verb")) == [
        ("ada", "propose intervention"),
        ("ada", "resolve saga"),
        ("bob", "approve intervention"),
    ]


def test_nobody_undoes_a_dear_order_alone_by_its_saga(audited: Shop, settings: Settings) -> None:
    settings.REFUND_APPROVAL_ABOVE = PRICE - 1
    order = unanswered(audited)
    said = verbs.compensate(
        saga_id=saga_of(order).id, by=person("ada", "compensate_saga"), reason=WHY
    )
    assert said.needs_another
    assert saga_of(order).status == "needs_attention"
    assert RefundProposal.objects.get().amount == PRICE
    settle()


def test_a_choreographed_order_whose_money_does_not_go_back_is_shown_and_called_out(
    audited: Shop,
) -> None:
    order = audited.order({"MUG": 11}, flow="choreographed", payment_method=REFUSED)
    settle()
    assert flags(order) == (True, True)
    (alert,) = alerts(order)
    assert "does not go back: declined_by_sandbox" in alert
