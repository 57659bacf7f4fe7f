"""Staff give money back in the admin: shown first, done by POST; above a limit two together."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from orders.models import Order, RefundProposal
from outbox.models import OperatorAct
from tests.admin.conftest import Outcomes
from tests.admin.forms import send

LogIn = Callable[..., Client]


@pytest.fixture
def order(outcomes: Outcomes) -> Order:
    """Return an order that stands, of 25.00 GBP, of which no refund is proposed."""
    RefundProposal.objects.filter(decided_at=None).delete()
    return outcomes.confirmed


@pytest.fixture
def log_in(db: None, order: Order, settings: Settings) -> LogIn:  # noqa: ARG001 - what is looked at
    """Log somebody in who may look at orders, and what is named besides."""
    settings.REFUND_APPROVAL_ABOVE = 500

    def log_in(name: str, *permissions: str) -> Client:
        user = User.objects.create(username=name, is_staff=True)
        may = ("view_order", "view_refundproposal", *permissions)
        user.user_permissions.set(Permission.objects.filter(codename__in=may))
        client = Client()
        client.force_login(user)
        return client

    return log_in


def refund_page(order: Order) -> str:
    return reverse("admin:orders_order_refund", args=[order.id])


def page_of(proposal: RefundProposal, act: str = "change") -> str:
    return reverse(f"admin:orders_refundproposal_{act}", args=[proposal.id])


def propose(client: Client, order: Order) -> RefundProposal:
    send(client, refund_page(order), {"amount": "5.01", "reason": "broken"})
    return RefundProposal.objects.get(decided_at=None)


def test_looking_at_the_page_gives_nothing_and_says_what_is_left(
    log_in: LogIn, order: Order
) -> None:
    shown = log_in("ada", "propose_refund").get(refund_page(order)).content.decode()
    assert "25.00 GBP of it can go back" in shown
    assert (
        "Above 5.00 GBP per order a second person has to agree; 0.00 GBP went back lately" in shown
    )
    assert not order.returns.exists()


def test_up_to_the_limit_one_person_gives_it(log_in: LogIn, order: Order) -> None:
    ada = log_in("ada", "propose_refund")
    given = send(ada, refund_page(order), {"amount": "5.00", "reason": "late"}, follow=True)
    assert "5.00 GBP goes back." in given.content.decode()
    assert order.returns.get().amount == 500
    act = OperatorAct.objects.exclude(verb="sign in").get(actor="ada")
    assert (act.verb, act.reason) == ("refund", "late")


def test_above_it_a_second_person_agrees(log_in: LogIn, order: Order) -> None:
    ada, bob = log_in("ada", "propose_refund", "approve_refund"), log_in("bob", "approve_refund")
    proposal = propose(ada, order)
    assert not order.returns.exists()
    own = send(ada, page_of(proposal, "approve"), {"reason": "sure"})
    assert "a second person has to decide" in own.content.decode()
    assert page_of(proposal, "approve") in bob.get(page_of(proposal)).content.decode()
    assert "5.01 GBP goes back" in bob.get(page_of(proposal, "approve")).content.decode()
    done = send(bob, page_of(proposal, "approve"), {"reason": "I have seen it"})
    assert (done.status_code, done.headers["Location"]) == (302, page_of(proposal))
    assert order.returns.get().amount == 501
    again = send(bob, page_of(proposal, "refuse"), {"reason": "I have not"})
    assert "bob has decided already" in again.content.decode()


def test_a_refused_proposal_gives_nothing(log_in: LogIn, order: Order) -> None:
    proposal = propose(log_in("ada", "propose_refund"), order)
    bob = log_in("bob", "approve_refund")
    send(bob, page_of(proposal, "refuse"), {"reason": "it is not broken"})
    assert "refused" in bob.get(page_of(proposal)).content.decode()
    assert not order.returns.exists()


@pytest.mark.parametrize(
    ("amount", "complaint"),
    [
        ("25.01", "25.01 GBP cannot be refunded, 25.00 GBP is left of it"),
        ("0", "0.00 GBP cannot be refunded"),
        ("1.234", "no amount of GBP, which has 2 decimals"),
        ("much", "Enter a number"),
        ("-1", "greater than or equal to 0"),
    ],
)
def test_an_amount_that_cannot_go_back_is_asked_for_again(
    log_in: LogIn, order: Order, amount: str, complaint: str
) -> None:
    ada = log_in("ada", "propose_refund")
    shown = send(ada, refund_page(order), {"amount": amount, "reason": "broken"})
    assert complaint in shown.content.decode()
    assert not order.returns.exists()


def test_who_has_no_permission_is_offered_nothing_and_refused(log_in: LogIn, order: Order) -> None:
    proposal = propose(log_in("ada", "propose_refund"), order)
    eve = log_in("eve")
    opened = reverse("admin:orders_order_change", args=[order.id])
    assert refund_page(order) not in eve.get(opened).content.decode()
    assert page_of(proposal, "approve") not in eve.get(page_of(proposal)).content.decode()
    for page in (refund_page(order), page_of(proposal, "approve"), page_of(proposal, "refuse")):
        assert eve.get(page).status_code == 403
        assert eve.post(page, {"amount": "1", "reason": "why not"}).status_code == 403
    assert not order.returns.exists()
