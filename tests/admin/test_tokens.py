"""Staff issue API tokens in the admin, where each is shown once, and revoke them."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse, reverse_lazy
from rest_framework.test import APIClient

from config.models import ApiToken
from outbox.models import OperatorAct
from tests.admin.conftest import Outcomes
from tests.admin.forms import Page, filled, send

WANTED = {"name": "the storefront", "days": "", "reason": "it opens today"}


@pytest.fixture
def user(db: None, outcomes: Outcomes) -> User:  # noqa: ARG001 - what is looked at
    return User.objects.create_user("program-of-grace")


def issuing(user: User) -> str:
    return reverse("admin:auth_user_issue_token", args=[user.pk])


def status_with(secret: str, address: str = "/api/v1/products") -> int:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return int(client.get(address).status_code)


def issued(operator: Client, user: User) -> str:
    return secret_in(send(operator, issuing(user), WANTED))


def secret_in(shown: Page) -> str:
    (secret,) = re.findall(r"<code>([\w-]{43})</code>", shown.content.decode())
    assert "no-store" in shown["Cache-Control"]
    return str(secret)


def test_looking_issues_nothing(operator: Client, user: User) -> None:
    assert operator.get(issuing(user)).status_code == 200
    assert not ApiToken.objects.filter(user=user).exists()


def test_a_token_is_shown_once_and_opens_the_api(operator: Client, user: User) -> None:
    secret = issued(operator, user)
    assert status_with(secret) == 200
    token = ApiToken.objects.get(user=user)
    page = operator.get(reverse("admin:config_apitoken_change", args=[token.pk]))
    assert secret not in page.content.decode()
    assert OperatorAct.objects.filter(actor="operator", verb="issue token").count() == 1


def test_a_revoked_token_opens_nothing(operator: Client, user: User) -> None:
    secret = issued(operator, user)
    revoking = reverse("admin:config_apitoken_revoke", args=[ApiToken.objects.get(user=user).pk])
    assert operator.get(revoking).status_code == 200
    assert status_with(secret) == 200
    assert send(operator, revoking, {"reason": "it leaked"}).status_code == 302
    assert status_with(secret) == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name": ""}, "name"), ({"days": "0"}, "days"), ({"reason": ""}, "reason")],
)
def test_what_cannot_be_used_is_asked_again(
    operator: Client, user: User, change: dict[str, str], field: str
) -> None:
    asked = send(operator, issuing(user), {**WANTED, **change})
    assert asked.context["form"].errors.keys() == {field}
    assert not ApiToken.objects.filter(user=user).exists()


def test_a_user_who_may_not_log_in_gets_none(operator: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    refused = send(operator, issuing(user), WANTED)
    assert "may not log in" in refused.content.decode()
    assert not ApiToken.objects.filter(user=user).exists()


def test_without_the_permission_nobody_issues_or_revokes(user: User) -> None:
    clerk = User.objects.create(username="clerk", is_staff=True)
    for codename in ("view_user", "view_apitoken"):
        clerk.user_permissions.add(Permission.objects.get(codename=codename))
    client = Client()
    client.force_login(clerk)
    token = ApiToken.objects.exclude(user=user)[0]
    assert client.post(issuing(user), WANTED).status_code == 403
    revoking = reverse("admin:config_apitoken_revoke", args=[token.pk])
    assert client.post(revoking, {"reason": "why not"}).status_code == 403
    assert client.post(str(FOR_SERVICES), FOR_A_SHOP).status_code == 403
    token.refresh_from_db()
    assert token.revoked_at is None


FOR_SERVICES = reverse_lazy("admin:config_apitoken_issue_for_service")
FOR_A_SHOP = {**WANTED, "scopes": ["products:read"]}


@pytest.mark.usefixtures("user")
def test_a_service_token_is_shown_once_listed_with_its_scopes_and_revoked(operator: Client) -> None:
    form = filled(operator.get(str(FOR_SERVICES)), FOR_A_SHOP)
    secret = secret_in(operator.post(str(FOR_SERVICES), form))
    again = operator.post(str(FOR_SERVICES), form).content.decode()
    assert "This form was sent before" in again
    token = ApiToken.objects.exclude(scopes=[]).get()
    assert token.scopes == ["products:read"]
    assert (status_with(secret), status_with(secret, "/api/v1/orders")) == (200, 403)
    listed = operator.get(reverse("admin:config_apitoken_changelist")).content.decode()
    assert "products:read" in listed
    assert secret not in listed + again
    act = OperatorAct.objects.latest("pk")
    assert (act.actor, act.verb, act.reason) == ("operator", "issue token", WANTED["reason"])
    revoking = reverse("admin:config_apitoken_revoke", args=[token.pk])
    assert send(operator, revoking, {"reason": "it leaked"}).status_code == 302
    assert status_with(secret) == 401


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize("scopes", [[], ["orders:everything"]])
def test_a_service_token_needs_scopes_that_exist(operator: Client, scopes: list[str]) -> None:
    asked = send(operator, str(FOR_SERVICES), {**FOR_A_SHOP, "scopes": scopes})
    assert asked.context["form"].errors.keys() == {"scopes"}
    assert not ApiToken.objects.exclude(scopes=[]).exists()
