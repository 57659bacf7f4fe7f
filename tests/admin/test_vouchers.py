"""Staff issue vouchers in the admin, and end them."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import Voucher
from outbox.models import OperatorAct
from tests.admin.forms import send

pytestmark = pytest.mark.django_db

ISSUE = reverse("admin:orders_voucher_issue")
FIELDS = {
    "code": "spring",
    "percent": "12.5",
    "currency": "GBP",
    "valid_from_0": "2026-01-01",
    "valid_from_1": "00:00",
    "limit": "100",
    "reason": "a campaign",
}


@pytest.fixture
def keeper() -> Client:
    """Log somebody in who may keep vouchers, and nothing else."""
    user = User.objects.create(username="keeper", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__endswith="_voucher"))
    client = Client()
    client.force_login(user)
    return client


def test_a_voucher_is_issued_and_ended(keeper: Client) -> None:
    assert ISSUE in keeper.get(reverse("admin:orders_voucher_changelist")).content.decode()
    send(keeper, ISSUE, FIELDS)
    voucher = Voucher.objects.get()
    assert (voucher.code, voucher.percent, voucher.currency) == ("SPRING", Decimal("12.5"), "")
    assert (voucher.limit, voucher.valid_until) == (100, None)
    page = reverse("admin:orders_voucher_change", args=[voucher.pk])
    end = reverse("admin:orders_voucher_end", args=[voucher.pk])
    assert end in keeper.get(page).content.decode()
    send(keeper, end, {"reason": "over"})
    voucher.refresh_from_db()
    assert voucher.valid_until is not None
    assert voucher.valid_until <= timezone.now()
    acts = OperatorAct.objects.filter(verb__endswith="voucher").order_by("pk")
    assert list(acts.values_list("verb", "subject")) == [
        ("issue voucher", "SPRING"),
        ("end voucher", "SPRING"),
    ]


def test_an_amount_is_issued_for_goods_of_a_minimum(keeper: Client) -> None:
    send(keeper, ISSUE, {**FIELDS, "percent": "", "amount": "5", "minimum": "20"})
    voucher = Voucher.objects.get()
    assert (voucher.amount, voucher.minimum, voucher.currency) == (500, 2000, "GBP")


@pytest.mark.parametrize(
    "changes", [{"percent": ""}, {"amount": "5"}, {"percent": "0"}, {"limit": "0"}]
)
def test_what_is_no_voucher_is_not_issued(keeper: Client, changes: dict[str, str]) -> None:
    assert send(keeper, ISSUE, {**FIELDS, **changes}).status_code == 200
    assert not Voucher.objects.exists()


def test_a_code_is_issued_once(keeper: Client) -> None:
    send(keeper, ISSUE, FIELDS)
    refused = send(keeper, ISSUE, {**FIELDS, "code": "Spring"})
    assert "SPRING exists already" in refused.content.decode()
    assert Voucher.objects.count() == 1


def test_whoever_may_only_look_issues_none(keeper: Client) -> None:
    user = User.objects.get(username="keeper")
    user.user_permissions.set(Permission.objects.filter(codename="view_voucher"))
    assert keeper.get(ISSUE).status_code == 403
