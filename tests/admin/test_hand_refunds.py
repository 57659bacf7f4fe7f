"""Refunds made by hand are entered in the admin: shown first, entered by POST, once."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from config.timeline.timeline import timeline
from orders.models import Order, OrderReturn, RefundProposal
from outbox.models import OperatorAct
from payments.models import PaymentOperation
from testkit.delivering import settle
from testkit.shop import PRICE, Shop
from tests.admin.forms import filled, send

PAID = {
    "amount": "5.00",
    "how": "bank transfer",
    "reference": "transfer 7",
    "reason": "the card was closed",
}


@pytest.fixture
def order(audited: Shop) -> Order:
    order = audited.order({"MUG": 2})
    settle()
    return order


def client_of(name: str, *permissions: str) -> Client:
    user = User.objects.create(username=name, is_staff=True)
    may = ("view_order", "view_payment", "view_refundproposal", *permissions)
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ada(order: Order) -> Client:  # noqa: ARG001 - the tables
    return client_of("ada", "enter_hand_refund")


def page(order: Order) -> str:
    return reverse("hand-refund", args=[order.id])


def entered() -> list[tuple[int, str, str, str, str]]:
    rows = PaymentOperation.objects.filter(outside=True).order_by("id")
    columns = ("amount", "made_by", "approved_by", "how", "gateway_reference")
    return list(rows.values_list(*columns))


def test_the_page_of_an_order_leads_to_it_and_it_says_what_is_left(
    ada: Client, order: Order
) -> None:
    shown = ada.get(reverse("admin:orders_order_change", args=[order.id])).content.decode()
    assert page(order) in shown
    shown = ada.get(page(order)).content.decode()
    assert "25.00 GBP is left of the order: at most this can be entered" in shown
    assert entered() == []


def test_it_is_entered_with_an_act_and_a_line_in_the_timeline(ada: Client, order: Order) -> None:
    said = send(ada, page(order), PAID, follow=True).content.decode()
    assert "5.00 GBP entered." in said
    settle()
    assert entered() == [(500, "ada", "", "bank transfer", "transfer 7")]
    act = OperatorAct.objects.get(verb="enter hand refund")
    assert (act.actor, act.reason, act.correlation_id) == ("ada", PAID["reason"], order.id)
    lines = {entry.what: entry.detail for entry in timeline(order.id).entries}
    assert lines["refund by hand: ada"] == "5.00 GBP, bank transfer, transfer 7"
    assert lines["ada: enter hand refund"] == PAID["reason"]


def test_a_form_that_is_sent_twice_is_entered_once(ada: Client, order: Order) -> None:
    form = filled(ada.get(page(order)), PAID)
    assert ada.post(page(order), form).status_code == 302
    again = ada.post(page(order), form)
    assert "This form was sent before" in again.content.decode()
    settle()
    assert OrderReturn.objects.count() == len(entered()) == 1


def test_a_form_that_is_refused_can_be_mended_and_sent(ada: Client, order: Order) -> None:
    form = filled(ada.get(page(order)), {**PAID, "amount": "25.01"})
    refused = ada.post(page(order), form).content.decode()
    assert "25.01 GBP cannot be entered, 25.00 GBP is left of the order" in refused
    assert ada.post(page(order), {**form, "amount": "25.00"}).status_code == 302
    settle()
    assert [each[0] for each in entered()] == [2 * PRICE]


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("amount", "1.234", "no amount of GBP"),
        ("amount", "NaN", "Enter a number"),
        ("how", "bank\r\ntransfer", "Write it in one line"),
        ("reference", "7\u20288", "Write it in one line"),
        ("reference", "7" * 121, "at most 120 characters"),
        ("reason", "", "This field is required"),
    ],
)
def test_what_cannot_be_used_is_asked_for_again(
    ada: Client, order: Order, field: str, value: str, complaint: str
) -> None:
    answer = send(ada, page(order), {**PAID, field: value})
    assert complaint in answer.content.decode()
    assert entered() == []


def test_above_the_limit_a_second_person_agrees(
    ada: Client, order: Order, settings: Settings
) -> None:
    settings.REFUND_APPROVAL_ABOVE = 499
    proposed = send(ada, page(order), PAID, follow=True).content.decode()
    assert "5.00 GBP proposed: a second person has to approve it" in proposed
    proposal = RefundProposal.objects.get()
    bob = client_of("bob", "approve_refund")
    approve = reverse("admin:orders_refundproposal_approve", args=[proposal.id])
    assert "is entered as given back by hand" in bob.get(approve).content.decode()
    send(bob, approve, {"reason": "I have seen the transfer"})
    settle()
    assert entered() == [(500, "ada", "bob", "bank transfer", "transfer 7")]


@pytest.mark.parametrize("permissions", [(), ("propose_refund",), ("approve_refund",)])
def test_who_may_not_is_refused(order: Order, permissions: tuple[str, ...]) -> None:
    clerk = client_of("clerk", *permissions)
    assert clerk.get(page(order)).status_code == 403
    assert clerk.post(page(order), PAID).status_code == 403
    assert entered() == []
