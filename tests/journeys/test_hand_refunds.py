"""A human pays back by hand, at any time: the ledger counts it, and the gateway pays the rest."""

from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied
from django.test import Client
from pytest_django import Settings

from config.hand_refunds.entering import HandRefund, refund_by_hand
from orders.flows import FLOWS, RESERVE_FIRST
from orders.models import Order, OrderReturn, RefundProposal
from orders.sagas.operators import verbs
from orders.services import (
    LineToReturn,
    RefundNeedsAnother,
    ReturnRefused,
    approve_refund,
    request_cancellation,
    request_return,
)
from outbox.acts import ReasonMissing
from outbox.delivery.batch import deliver_batch
from outbox.models import OperatorAct
from outbox.registry import subscribers
from payments.gateways.port import gateway_named
from payments.models import Payment, PaymentOperation
from readmodels.models import MoneyAtRisk, OrderDetail
from testkit.book import kept, moved
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop, outcome
from tests.journeys.test_by_hand import alerts, flags, relent, saga_of
from tests.payments.gateways.test_stripe_answers import SECRET
from tests.payments.test_news import refund_failed, refund_there, tell

REFUSED = "pm_sandbox_refund_declined"
every_flow = pytest.mark.parametrize("flow", sorted(FLOWS))
charged = pytest.mark.parametrize("flow", sorted(FLOWS - {RESERVE_FIRST}))
"""Flows in which a confirmed order is paid."""


def person(name: str = "ada", *permissions: str) -> User:
    may = ("enter_hand_refund", "approve_refund", *permissions)
    user, _ = User.objects.get_or_create(username=name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    return User.objects.get(pk=user.pk)


def enter(order: Order, amount: int, *, reference: str = "transfer 7") -> Any:
    made = HandRefund(amount, "bank transfer", reference)
    entered = refund_by_hand(
        order_id=order.id, made=made, reason="the card was closed", by=person()
    )
    settle()
    return entered


def refusal(order: Order, amount: int) -> str:
    with pytest.raises(ReturnRefused) as refused:
        enter(order, amount)
    return str(refused.value)


def cancel(order: Order) -> None:
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()


def bring_back(order: Order, units: int = 1) -> None:
    request_return(order_id=order.id, lines=[LineToReturn(1, units)])
    settle()


def lines(order: Order) -> list[tuple[int, str]]:
    """Return what went back, and who did it."""
    rows = PaymentOperation.objects.filter(payment__order_id=order.id, kind="refund")
    return [
        (row.amount, "by hand" if row.outside else "by the gateway")
        for row in rows.filter(outcome="succeeded", excess=False).order_by("id")
    ]


def shown(order: Order) -> tuple[str, int]:
    """Return what the API shows of the money, and how much of it is at risk."""
    risk = MoneyAtRisk.objects.filter(order_id=order.id).first()
    return OrderDetail.objects.get(order_id=order.id).payment_status, risk.amount if risk else 0


def standing(shop: Shop, units: int = 4, **options: Any) -> Order:
    order = shop.order({"MUG": units}, **options)
    settle()
    assert outcome(order) == ("confirmed", "")
    return order


@charged
def test_after_a_part_paid_by_hand_a_cancellation_gives_back_only_the_rest(
    audited: Shop, flow: str
) -> None:
    order = standing(audited, flow=flow)
    enter(order, PRICE)
    assert shown(order) == ("partly_refunded", 0)
    cancel(order)
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    assert lines(order) == [(PRICE, "by hand"), (3 * PRICE, "by the gateway")]
    assert moved(order.id, "refund") == [3 * PRICE]
    assert shown(order) == ("refunded", 0)


@charged
def test_after_a_part_paid_by_hand_a_return_gives_back_no_more_than_is_left(
    audited: Shop, flow: str
) -> None:
    order = standing(audited, units=2, flow=flow)
    enter(order, PRICE + 50)
    bring_back(order, units=1)
    assert moved(order.id, "refund") == [PRICE - 50]
    assert order.amount == 2 * PRICE
    assert "0.00 GBP is left" in refusal(order, 1)


@pytest.mark.parametrize("amount", [0, -1, 4 * PRICE + 1])
def test_what_cannot_have_been_paid_is_refused_and_what_is_left_is_named(
    audited: Shop, amount: int
) -> None:
    order = standing(audited)
    assert "50.00 GBP is left of the order" in refusal(order, amount)
    assert OperatorAct.objects.count() == 0


def test_what_was_refused_for_a_return_and_paid_by_hand_ends_the_return(audited: Shop) -> None:
    order = standing(audited, payment_method=REFUSED)
    bring_back(order)
    assert flags(order) == (True, True)
    enter(order, PRICE)
    assert OrderReturn.objects.get().completed_at is not None
    assert flags(order) == (False, False)
    relent()
    cancel(order)
    assert moved(order.id, "refund") == [3 * PRICE]


def test_a_return_paid_in_part_by_hand_is_owed_the_rest(audited: Shop) -> None:
    order = standing(audited, payment_method=REFUSED)
    bring_back(order)
    enter(order, PRICE - 300)
    assert OrderReturn.objects.get().completed_at is None
    assert shown(order)[0] == "partly_refunded"
    assert "3.00 GBP is left of the return that is not paid yet" in refusal(order, 301)
    enter(order, 300)
    assert OrderReturn.objects.get().completed_at is not None
    assert flags(order) == (False, False)
    assert lines(order) == [(PRICE - 300, "by hand"), (300, "by hand")]
    relent()
    cancel(order)
    assert moved(order.id, "refund") == [3 * PRICE]


def test_of_a_return_paid_in_part_by_hand_the_gateway_pays_the_rest(audited: Shop) -> None:
    order = standing(audited, payment_method=REFUSED)
    bring_back(order)
    enter(order, PRICE - 300)
    relent()
    retry(order)
    assert OrderReturn.objects.get().completed_at is not None
    assert moved(order.id, "refund") == [300]
    assert flags(order) == (False, False)


def retry(order: Order) -> None:
    verbs.retry(saga_id=saga_of(order).id, by=None, reason="the bank has relented")
    settle()


@every_flow
def test_an_order_whose_money_did_not_go_back_ends_when_it_was_paid_by_hand(
    audited: Shop, flow: str
) -> None:
    order = audited.order({"MUG": 11}, flow=flow, payment_method=REFUSED)
    settle()
    if flow == "reserve_first":
        assert "0.00 GBP is left" in refusal(order, PRICE)
        return
    assert flags(order) == (True, True)
    enter(order, PRICE)
    assert shown(order) == ("partly_refunded", 10 * PRICE)
    assert outcome(order)[0] == "pending"
    enter(order, 10 * PRICE)
    assert outcome(order) == ("cancelled", "out_of_stock")
    assert shown(order) == ("refunded", 0)
    assert flags(order) == (False, False)


@charged
def test_a_cancellation_paid_in_part_by_hand_is_owed_the_rest(audited: Shop, flow: str) -> None:
    order = standing(audited, flow=flow, payment_method=REFUSED)
    cancel(order)
    enter(order, PRICE)
    assert outcome(order)[0] == "cancelling"
    relent()
    retry(order)
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    assert lines(order) == [(PRICE, "by hand"), (3 * PRICE, "by the gateway")]


@pytest.fixture
def _gateways(settings: Settings) -> Any:
    settings.SANDBOX_WEBHOOK_SECRETS = [SECRET]
    gateway_named.cache_clear()
    yield
    gateway_named.cache_clear()


@pytest.mark.usefixtures("_gateways")
@pytest.mark.parametrize("parts", [[PRICE], [PRICE - 1, 1]])
def test_a_refund_that_failed_after_all_had_ended_is_made_good_by_hand(
    audited: Shop, client: Client, parts: list[int]
) -> None:
    order = standing(audited, units=1)
    cancel(order)
    refund_failed(client, order)
    settle()
    assert shown(order) == ("paid", PRICE)
    rest = PRICE
    for part in parts:
        enter(order, part)
        rest -= part
        assert shown(order) == ("partly_refunded" if rest else "refunded", rest)
    assert flags(order) == (False, False)
    assert "0.00 GBP is left" in refusal(order, 1)


@pytest.mark.usefixtures("_gateways")
@pytest.mark.parametrize("parts", [[PRICE], [PRICE - 1, 1]])
def test_a_refund_of_a_return_that_failed_after_its_end_is_made_good_by_hand(
    audited: Shop, client: Client, parts: list[int]
) -> None:
    order = standing(audited)
    bring_back(order)
    refund_failed(client, order)
    settle()
    assert shown(order)[1] == PRICE
    for part in parts:
        enter(order, part)
    assert shown(order) == ("partly_refunded", 0)
    assert flags(order) == (False, False)
    cancel(order)
    assert moved(order.id, "refund") == [3 * PRICE]


def silent(shop: Shop, units: int, settings: Settings) -> Order:
    """Return a standing order whose next refund the gateway makes without a word."""
    settings.OUTBOX_FOLLOW_UP = False
    return standing(shop, units=units, payment_method="pm_sandbox_refund_silent_once")


def made(amount: int) -> HandRefund:
    return HandRefund(amount, "bank transfer", "transfer 7")


def test_while_the_gateway_is_giving_back_a_part_has_to_wait_and_all_overtakes_it(
    audited: Shop, settings: Settings
) -> None:
    order = silent(audited, 2, settings)
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle_all_but("gateway")
    ada = person()
    with pytest.raises(ReturnRefused, match=r"giving back 25\.00 GBP and has not answered"):
        refund_by_hand(order_id=order.id, made=made(PRICE), reason="why", by=ada)
    refund_by_hand(order_id=order.id, made=made(2 * PRICE), reason="why", by=ada)
    settle()
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    assert moved(order.id, "refund") == []


@pytest.mark.parametrize("kind", ["return", "cancellation"])
def test_a_refund_that_the_gateway_made_all_the_same_is_shown_and_called_out(
    audited: Shop, settings: Settings, kind: str
) -> None:
    order = silent(audited, 2, settings)
    if kind == "return":
        request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    else:
        request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle_all_but("gateway")
    deliver_batch(subscribers["gateway"])
    amount = PRICE if kind == "return" else 2 * PRICE
    refund_by_hand(order_id=order.id, made=made(amount), reason="why", by=person())
    settle_all_but("gateway")
    settle()
    assert moved(order.id, "refund") == [amount]
    assert lines(order) == [(amount, "by hand")]
    assert flags(order) == (False, True)
    assert alerts(order) == [f"refund of {amount} succeeded after it was made by hand"]


@pytest.mark.usefixtures("_gateways")
@pytest.mark.parametrize("is_cancelled", [True, False])
def test_a_refund_of_the_dashboard_on_top_of_one_by_hand_is_kept_apart_and_called_out(
    audited: Shop, client: Client, *, is_cancelled: bool
) -> None:
    order = standing(audited, units=1)
    enter(order, PRICE)
    if is_cancelled:
        cancel(order)
    name = refund_there(order, PRICE)
    tell(client, "refund.succeeded", reference=name, amount=PRICE, about=f"{order.id}:charge:1")
    settle()
    assert kept(order.id) == 0
    assert lines(order) == [(PRICE, "by hand")]
    assert flags(order)[1]
    assert shown(order)[1] == 0


def test_an_order_that_is_under_way_has_nothing_to_be_paid_by_hand(
    audited: Shop, settings: Settings
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    order = audited.order(flow="charge_first")
    settle_all_but("inventory")
    with pytest.raises(ReturnRefused, match="is pending"):
        refund_by_hand(order_id=order.id, made=made(PRICE), reason="why", by=person())
    settle()
    assert outcome(order) == ("confirmed", "")


def test_what_is_only_set_aside_has_nothing_to_be_paid_by_hand(audited: Shop) -> None:
    order = audited.order(flow="reserve_first")
    settle_all_but("gateway")
    assert "0.00 GBP is left" in refusal(order, PRICE)
    settle()


def test_above_the_limit_per_order_a_second_person_agrees(
    audited: Shop, settings: Settings
) -> None:
    settings.REFUND_APPROVAL_ABOVE = PRICE
    order = standing(audited)
    enter(order, PRICE)
    proposal = enter(order, 1)
    assert isinstance(proposal, RefundProposal)
    assert str(proposal) == f"refund by hand of 0.01 GBP of order {order.id}"
    with pytest.raises(RefundNeedsAnother):
        approve_refund(proposal_id=proposal.id, reason="sure", by=person())
    approve_refund(proposal_id=proposal.id, reason="seen it", by=person("bob"))
    settle()
    row = PaymentOperation.objects.latest("id")
    assert (row.amount, row.made_by, row.approved_by) == (1, "ada", "bob")
    assert (row.how, row.gateway_reference) == ("bank transfer", "transfer 7")
    assert list(OperatorAct.objects.order_by("id").values_list("actor", "verb")) == [
        ("ada", "enter hand refund"),
        ("ada", "propose hand_refund"),
        ("ada", "enter hand refund"),
        ("bob", "approve hand_refund"),
    ]


def test_parts_of_an_undone_order_add_up_to_the_limit(audited: Shop, settings: Settings) -> None:
    settings.REFUND_APPROVAL_ABOVE = 2 * PRICE
    order = standing(audited, payment_method=REFUSED)
    cancel(order)
    enter(order, PRICE)
    enter(order, PRICE)
    assert isinstance(enter(order, 1), RefundProposal)
    assert sum(amount for amount, _ in lines(order)) == 2 * PRICE


def test_what_was_proposed_and_is_not_left_any_more_is_entered_no_more(
    audited: Shop, settings: Settings
) -> None:
    settings.REFUND_APPROVAL_ABOVE = 0
    order = standing(audited, units=1)
    proposal = enter(order, PRICE)
    cancel(order)
    with pytest.raises(ReturnRefused, match=r"0\.00 GBP is left"):
        approve_refund(proposal_id=proposal.id, reason="late", by=person("bob"))
    assert moved(order.id, "refund") == [PRICE]


def test_who_may_not_or_says_no_reason_enters_nothing(audited: Shop) -> None:
    order = standing(audited)
    clerk = User.objects.create(username="clerk", is_staff=True)
    with pytest.raises(PermissionDenied):
        refund_by_hand(order_id=order.id, made=made(1), reason="why", by=clerk)
    with pytest.raises(ReasonMissing):
        refund_by_hand(order_id=order.id, made=made(1), reason=" ", by=person())
    assert lines(order) == []


def test_an_order_that_does_not_exist_has_none(audited: Shop) -> None:  # noqa: ARG001 - the tables
    with pytest.raises(Order.DoesNotExist):
        refund_by_hand(order_id=UUID(int=7), made=HandRefund(1, "cash"), reason="why", by=person())
    assert not Payment.objects.exists()
