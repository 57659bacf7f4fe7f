"""One person refunds up to a limit per order; above it a second one has to approve."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from orders.models import IllegalMove, Order, OrderReturn, RefundProposal
from orders.services import (
    LineToReturn,
    RefundNeedsAnother,
    ReturnRefused,
    approvals,
    approve_refund,
    cancel_for_customer,
    give_refund,
    refuse_refund,
    request_return,
    return_for_customer,
)
from outbox.acts import ReasonMissing
from outbox.models import OperatorAct
from testkit.book import book_of
from testkit.delivering import settle
from testkit.shop import PRICE, Shop, outcome
from tests.shop import send, take_in

pytestmark = pytest.mark.usefixtures("_limit")


@pytest.fixture
def _limit(settings: pytest.FixtureRequest) -> None:
    settings.REFUND_APPROVAL_ABOVE = 500  # type: ignore[attr-defined]  # pytest-django's settings


def staff(name: str, *permissions: str) -> User:
    user = User.objects.create(username=name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


@pytest.fixture
def order(audited: Shop) -> Order:
    order = audited.order()
    settle()
    return order


@pytest.fixture
def ada(order: Order) -> User:  # noqa: ARG001 - the tables
    return staff("ada", "propose_refund", "approve_refund")


@pytest.fixture
def bob(order: Order) -> User:  # noqa: ARG001 - the tables
    return staff("bob", "approve_refund")


def refunded(order_id: UUID) -> int:
    settle()
    return sum(entry.amount for entry in book_of(order_id) if entry.kind == "refund")


def proposed(order: Order, by: User, amount: int = 501) -> RefundProposal:
    proposal = give_refund(order_id=order.id, amount=amount, reason="broken", by=by)
    assert isinstance(proposal, RefundProposal)
    return proposal


def test_up_to_the_limit_one_person_is_enough(order: Order, ada: User) -> None:
    given = give_refund(order_id=order.id, amount=500, reason="a scratch", by=ada)
    assert isinstance(given, OrderReturn)
    assert refunded(order.id) == 500
    act = OperatorAct.objects.get()
    assert (act.actor, act.verb, act.correlation_id) == ("ada", "refund", order.id)


def test_above_it_nothing_goes_back_before_another_agrees(
    order: Order, ada: User, bob: User
) -> None:
    proposal = proposed(order, ada)
    assert refunded(order.id) == 0
    approve_refund(proposal_id=proposal.id, reason="seen the photo", by=bob)
    assert refunded(order.id) == 501
    assert list(OperatorAct.objects.order_by("id").values_list("actor", "verb")) == [
        ("ada", "propose refund"),
        ("bob", "approve refund"),
    ]


def test_nobody_agrees_to_their_own_proposal(order: Order, ada: User) -> None:
    proposal = proposed(order, ada)
    with pytest.raises(RefundNeedsAnother):
        approve_refund(proposal_id=proposal.id, reason="me too", by=ada)
    with pytest.raises(IntegrityError, match="decided_by_another"), transaction.atomic():
        RefundProposal.objects.update(decider=ada)
    assert refunded(order.id) == 0


def test_what_is_refused_or_decided_is_not_approved_after_all(
    order: Order, ada: User, bob: User
) -> None:
    proposal = proposed(order, ada)
    refuse_refund(proposal_id=proposal.id, reason="no photo", by=bob)
    with pytest.raises(ReturnRefused, match="bob has decided already"):
        approve_refund(proposal_id=proposal.id, reason="a photo after all", by=bob)
    assert refunded(order.id) == 0


def test_more_than_was_paid_is_not_even_proposed(order: Order, ada: User) -> None:
    with pytest.raises(ReturnRefused):
        give_refund(order_id=order.id, amount=PRICE + 1, reason="generous", by=ada)
    proposed(order, ada)
    with pytest.raises(ReturnRefused, match="proposed already"):
        give_refund(order_id=order.id, amount=501, reason="twice", by=ada)


def test_it_takes_permissions_and_a_reason(order: Order, ada: User, bob: User) -> None:
    with pytest.raises(PermissionDenied):
        give_refund(order_id=order.id, amount=1, reason="kind", by=bob)
    proposal = proposed(order, ada)
    with pytest.raises(PermissionDenied):
        approve_refund(proposal_id=proposal.id, reason="why not", by=staff("eve"))
    with pytest.raises(ReasonMissing):
        approve_refund(proposal_id=proposal.id, reason=" ", by=bob)
    assert refunded(order.id) == 0


def test_of_an_order_that_does_not_stand_nothing_can_be_proposed(audited: Shop) -> None:
    declined = audited.order(payment_method="pm_card_chargeDeclined")
    settle()
    with pytest.raises(ReturnRefused, match="nothing of it can be returned"):
        give_refund(
            order_id=declined.id, amount=501, reason="broken", by=staff("eve", "propose_refund")
        )
    assert not RefundProposal.objects.exists()


def test_the_limit_counts_what_went_back_of_the_order_whoever_asked(
    order: Order, ada: User, bob: User
) -> None:
    bob.user_permissions.add(Permission.objects.get(codename="propose_refund"))
    bob = User.objects.get(pk=bob.pk)
    for amount, by in ((300, ada), (200, bob)):
        given = give_refund(order_id=order.id, amount=amount, reason="late", by=by)
        assert isinstance(given, OrderReturn)
        settle()
    proposal = give_refund(order_id=order.id, amount=1, reason="very late", by=ada)
    assert isinstance(proposal, RefundProposal)
    assert refunded(order.id) == 500


def test_what_a_customer_returned_counts_towards_the_limit(audited: Shop, ada: User) -> None:
    order = audited.order({"MUG": 2})
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle()
    proposal = give_refund(order_id=order.id, amount=1, reason="a scratch", by=ada)
    assert isinstance(proposal, RefundProposal)


def test_what_went_back_long_ago_counts_no_more(
    order: Order, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_refund(order_id=order.id, amount=500, reason="late", by=ada)
    settle()
    monkeypatch.setattr(approvals, "COUNTED_FOR", timedelta(0))
    given = give_refund(order_id=order.id, amount=500, reason="late again", by=ada)
    assert isinstance(given, OrderReturn)
    assert refunded(order.id) == 1000


def test_a_cancellation_by_staff_above_the_limit_needs_a_second_person(
    order: Order, ada: User, bob: User
) -> None:
    proposal = cancel_for_customer(order_id=order.id, reason="by telephone", by=ada)
    assert isinstance(proposal, RefundProposal)
    assert outcome(order) == ("confirmed", "")
    with pytest.raises(RefundNeedsAnother):
        approve_refund(proposal_id=proposal.id, reason="me too", by=ada)
    approve_refund(proposal_id=proposal.id, reason="heard it", by=bob)
    assert refunded(order.id) == PRICE
    assert outcome(order) == ("cancelled", "cancelled_by_staff")
    assert list(OperatorAct.objects.order_by("id").values_list("actor", "verb")) == [
        ("ada", "propose cancellation"),
        ("bob", "approve cancellation"),
    ]


def test_a_return_by_staff_above_the_limit_needs_a_second_person(
    order: Order, ada: User, bob: User
) -> None:
    send(order)
    settle()
    lines = [LineToReturn(1, 1)]
    proposal = return_for_customer(order_id=order.id, lines=lines, reason="broken", by=ada)
    assert isinstance(proposal, RefundProposal)
    assert refunded(order.id) == 0
    approve_refund(proposal_id=proposal.id, reason="seen it", by=bob)
    assert refunded(order.id) == 0
    take_in(order)
    assert refunded(order.id) == PRICE


def test_who_changes_their_name_is_the_same_person(order: Order, ada: User) -> None:
    proposal = proposed(order, ada)
    ada.username = "lovelace"
    ada.save()
    with pytest.raises(RefundNeedsAnother):
        approve_refund(proposal_id=proposal.id, reason="another person", by=ada)
    assert refunded(order.id) == 0


def test_a_cancellation_that_was_overtaken_is_not_approved(
    order: Order, ada: User, bob: User
) -> None:
    proposal = cancel_for_customer(order_id=order.id, reason="by telephone", by=ada)
    send(order)
    with pytest.raises(IllegalMove):
        approve_refund(proposal_id=proposal.id, reason="heard it", by=bob)
    assert RefundProposal.objects.get().decided_at is None
    assert refunded(order.id) == 0
