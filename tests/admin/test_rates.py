"""Staff keep rates in the admin: with a reason, a permission, and for later orders only."""

import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from orders.models import ShippingRate, TaxRate
from outbox.models import OperatorAct
from tests.admin.forms import send

pytestmark = pytest.mark.django_db

ADD = reverse("admin:orders_shippingrate_add_one")
GB = {"country": "GB", "currency": "GBP", "amount": "4.99", "free_from": "50.00"}
WHY = {"reason": "new carrier"}


@pytest.fixture
def keeper() -> Client:
    """Log somebody in who may keep rates, and nothing else."""
    user = User.objects.create(username="keeper", is_staff=True)
    named = Permission.objects.filter(codename__regex="_(shipping|tax)rate$")
    user.user_permissions.set(named)
    client = Client()
    client.force_login(user)
    return client


def page(act: str, rate: ShippingRate) -> str:
    return reverse(f"admin:orders_shippingrate_{act}", args=[rate.pk])


def test_a_rate_is_added_changed_and_removed(keeper: Client) -> None:
    listed = keeper.get(reverse("admin:orders_shippingrate_changelist"))
    assert ADD in listed.content.decode()
    send(keeper, ADD, {**GB, **WHY})
    rate = ShippingRate.objects.get()
    assert (rate.country, rate.currency, rate.amount, rate.free_from) == ("GB", "GBP", 499, 5000)
    shown = keeper.get(page("change_it", rate)).content.decode()
    assert re.search(r'name="amount" value="4.99"', shown)
    send(keeper, page("change_it", rate), {**GB, **WHY, "amount": "5.49", "free_from": ""})
    rate.refresh_from_db()
    assert (rate.amount, rate.free_from) == (549, None)
    send(keeper, page("remove_it", rate), WHY)
    assert not ShippingRate.objects.exists()
    acts = (
        OperatorAct.objects.filter(verb__contains="rate")
        .order_by("pk")
        .values_list("actor", "verb", "reason")
    )
    assert list(acts) == [
        ("keeper", f"{verb} shipping rate", "new carrier") for verb in ("add", "change", "remove")
    ]


def test_a_second_rate_for_the_same_is_refused(keeper: Client) -> None:
    send(keeper, ADD, {**GB, **WHY})
    refused = send(keeper, ADD, {**GB, **WHY})
    assert "there is a rate for GB: 4.99 GBP already" in refused.content.decode()
    assert ShippingRate.objects.count() == 1


def test_an_amount_has_the_decimals_of_its_currency(keeper: Client) -> None:
    refused = send(keeper, ADD, {**GB, **WHY, "currency": "JPY"})
    assert "4.99 is no amount of JPY" in refused.content.decode()
    assert not ShippingRate.objects.exists()


def test_a_tax_rate_is_added(keeper: Client) -> None:
    fields = {"country": "GB", "category": "", "percent": "8.875", "jurisdiction": "HMRC"}
    send(keeper, reverse("admin:orders_taxrate_add_one"), {**fields, **WHY})
    assert TaxRate.objects.get().percent == Decimal("8.875")
    assert "8.875 %" in keeper.get(reverse("admin:orders_taxrate_changelist")).content.decode()


def test_whoever_may_only_look_keeps_none(keeper: Client) -> None:
    user = User.objects.get(username="keeper")
    user.user_permissions.set(Permission.objects.filter(codename="view_shippingrate"))
    assert keeper.get(reverse("admin:orders_shippingrate_changelist")).status_code == 200
    assert keeper.get(ADD).status_code == 403
