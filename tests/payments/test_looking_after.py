"""An attention flag that only a human can clear: with a permission, a reason, and a record."""

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from outbox.acts import ReasonMissing
from outbox.models import Message, OperatorAct
from payments.models import Payment
from payments.services import look_after_payment
from testkit.delivering import settle
from testkit.shop import Shop
from tests.admin.forms import filled


@pytest.fixture
def payment(audited: Shop) -> Payment:
    """Return a payment for which the gateway took another amount than requested."""
    order = audited.order(payment_method="pm_sandbox_wrong_amount")
    settle()
    payment = Payment.objects.get(order_id=order.id)
    assert payment.needs_attention
    return payment


def member(name: str, *permissions: str) -> User:
    user = User.objects.create(username=name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return User.objects.get(pk=user.pk)


def test_a_human_is_called_once_for_what_only_a_human_can_end(payment: Payment) -> None:
    alerts = Message.objects.filter(type="AlertOperators", correlation_id=payment.order_id)
    assert [each.payload["text"] for each in alerts] == [payment.attention_reason]


def test_who_looked_after_it_takes_its_flag_down_and_the_books_still_agree(
    payment: Payment,
) -> None:
    ada = member("ada", "look_after_payment")
    look_after_payment(order_id=payment.order_id, reason="the bank has explained it", by=ada)
    payment.refresh_from_db()
    assert (payment.needs_attention, payment.attention_reason) == (False, "")
    act = OperatorAct.objects.get()
    assert (act.actor, act.verb, act.correlation_id) == (
        "ada",
        "look after payment",
        payment.order_id,
    )


def test_it_takes_a_permission_and_a_reason(payment: Payment) -> None:
    with pytest.raises(PermissionDenied):
        look_after_payment(order_id=payment.order_id, reason="why not", by=member("eve"))
    with pytest.raises(ReasonMissing):
        look_after_payment(
            order_id=payment.order_id, reason=" ", by=member("ada", "look_after_payment")
        )
    payment.refresh_from_db()
    assert payment.needs_attention


def test_the_page_of_a_payment_offers_it_to_who_may(payment: Payment) -> None:
    page = reverse("admin:payments_payment_look_after", args=[payment.pk])
    ada, eve = Client(), Client()
    ada.force_login(member("ada", "view_payment", "look_after_payment"))
    eve.force_login(member("eve", "view_payment"))
    assert eve.post(page, {"reason": "why not"}).status_code == 403
    assert payment.attention_reason in ada.get(page).content.decode()
    form = filled(ada.get(page), {"reason": "the bank has explained it"})
    ada.post(page, form)
    payment.refresh_from_db()
    assert not payment.needs_attention
