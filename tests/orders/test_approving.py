"""In any sequence of acts, no person alone gives back more than the limit."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission, User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker

from orders.models import IllegalMove, RefundProposal
from orders.services import (
    LineToReturn,
    RefundNeedsAnother,
    ReturnRefused,
    approve_refund,
    cancel_for_customer,
    give_refund,
    return_for_customer,
)
from testkit.book import kept
from testkit.delivering import settle
from testkit.emptying import empty_tables
from testkit.shop import PRICE, open_shop
from tests.shop import send

LIMIT = 2 * PRICE
PERSONS = ("ada", "bob")
MAY = ("propose_refund", "approve_refund")

Act = tuple[str, str, int]

ACTS: st.SearchStrategy[Sequence[Act]] = st.lists(
    st.tuples(
        st.sampled_from(["refund", "return", "cancel", "approve", "rename", "settle"]),
        st.sampled_from(PERSONS),
        st.integers(1, 4),
    ),
    max_size=12,
)


@given(acts=ACTS, is_sent=st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[*HealthCheck])
def test_no_sequence_of_acts_lets_one_person_give_back_more_than_the_limit(
    acts: Sequence[Act],
    is_sent: bool,  # noqa: FBT001 - hypothesis passes it
    django_db_setup: None,  # noqa: ARG001 - creates the database
    django_db_blocker: DjangoDbBlocker,
) -> None:
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.REFUND_APPROVAL_ABOVE", LIMIT)
        try:
            _play(acts, is_sent=is_sent)
        finally:
            empty_tables()


def _play(acts: Sequence[Act], *, is_sent: bool) -> None:
    order = open_shop().order({"MUG": 4})
    settle()
    if is_sent:
        send(order)
    people = {name: _person(name) for name in PERSONS}
    for act, name, units in acts:
        with suppress(ReturnRefused, RefundNeedsAnother, IllegalMove):
            _DOES[act](order.id, people[name], units)
    settle()
    agreed = RefundProposal.objects.filter(approved=True)
    assert all(each.proposer_id != each.decider_id for each in agreed)
    alone = order.amount - kept(order.id) - sum(each.amount for each in agreed)
    assert alone <= LIMIT


def _person(name: str) -> User:
    user = User.objects.create(username=name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=MAY))
    return user


def _refund(order: UUID, by: User, units: int) -> Any:
    return give_refund(order_id=order, amount=units * PRICE // 2, reason="why", by=by)


def _return(order: UUID, by: User, units: int) -> Any:
    lines = [LineToReturn(1, units)]
    return return_for_customer(order_id=order, lines=lines, reason="why", by=by)


def _cancel(order: UUID, by: User, _: int) -> Any:
    return cancel_for_customer(order_id=order, reason="why", by=by)


def _approve(order: UUID, by: User, _: int) -> Any:
    proposal = RefundProposal.objects.filter(order_id=order, decided_at=None).first()
    return proposal and approve_refund(proposal_id=proposal.id, reason="why", by=by)


def _rename(_order: UUID, by: User, units: int) -> None:
    by.username = f"{by.username}{units}"
    by.save()


def _settle(_order: UUID, _by: User, _units: int) -> None:
    settle()


_DOES: dict[str, Callable[[UUID, User, int], Any]] = {
    "refund": _refund,
    "return": _return,
    "cancel": _cancel,
    "approve": _approve,
    "rename": _rename,
    "settle": _settle,
}
