"""Every page of the admin shows real rows, and none of them changes anything."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection, models
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import config.urls  # noqa: F401 - registers pages
from readmodels.models import Rebuild
from tests.admin.forms import send

REGISTERED = {model._meta.label: model for model in admin.site._registry}  # noqa: SLF001 - what is registered
OF_THEIR_OWN = {Group, User, Rebuild}
"""Accounts can be changed, and rebuilds are listed by read model."""

everywhere = pytest.mark.parametrize(
    "model",
    [REGISTERED[name] for name in sorted(REGISTERED) if REGISTERED[name] not in OF_THEIR_OWN],
)


def address(model: type[models.Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)  # noqa: SLF001 - Django's documented Model._meta API


def rows_of(model: type[models.Model]) -> models.QuerySet[models.Model]:
    return admin.site.get_model_admin(model).get_queryset(RequestFactory().get("/"))


def queries(client: Client, page: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def test_the_pages_are_those_that_an_operator_needs() -> None:
    assert sorted(REGISTERED) == [
        "auth.Group",
        "auth.User",
        "config.ApiToken",
        "config.Minute",
        "inventory.Reservation",
        "inventory.StockItem",
        "inventory.StockMovement",
        "orders.Customer",
        "orders.CustomerAddress",
        "orders.Order",
        "orders.OrderAddress",
        "orders.OrderReturn",
        "orders.Product",
        "orders.RefundProposal",
        "orders.ShippingRate",
        "orders.TaxRate",
        "orders.Voucher",
        "outbox.DailyWork",
        "outbox.DeadLetter",
        "outbox.FailedAttempt",
        "outbox.Heartbeat",
        "outbox.Lane",
        "outbox.Message",
        "outbox.OperatorAct",
        "outbox.Redrive",
        "outbox.ScheduledMessage",
        "outbox.WebhookAttempt",
        "outbox.WebhookEndpoint",
        "outbox.WebhookResend",
        "payments.Payment",
        "payments.Reconciliation",
        "payments.Webhook",
        "readmodels.CustomerStatistics",
        "readmodels.DailySales",
        "readmodels.DriftCheck",
        "readmodels.MoneyAtRisk",
        "readmodels.OrderDetail",
        "readmodels.OrderSummary",
        "readmodels.Rebuild",
        "readmodels.StockLevel",
        "sagas.SagaInstance",
    ]


@everywhere
def test_lists_and_details_show_what_is_there(operator: Client, model: type[models.Model]) -> None:
    listed = operator.get(address(model, "changelist"))
    assert listed.status_code == 200
    assert listed.context["cl"].result_count == rows_of(model).count() > 1
    for row in rows_of(model)[:3]:
        assert operator.get(address(model, "change", row.pk)).status_code == 200


@everywhere
def test_not_even_a_superuser_adds_changes_or_deletes(
    operator: Client, model: type[models.Model]
) -> None:
    before = list(rows_of(model).values())
    key = rows_of(model)[0].pk
    for page, args in (("add", []), ("change", [key]), ("delete", [key])):
        form = {"post": "yes", "_save": "Save", "status": "pending"}
        assert operator.post(address(model, page, *args), form).status_code == 403, page
    assert operator.get(address(model, "add")).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": key, "post": "yes"}
    operator.post(address(model, "changelist"), chosen)
    assert list(rows_of(model).values()) == before


@everywhere
def test_a_page_is_for_those_who_may_see_it(operator: Client, model: type[models.Model]) -> None:
    key = rows_of(model)[0].pk
    pages = [
        address(model, "changelist"),
        address(model, "changelist") + f"?q={key}",
        address(model, "change", key),
    ]
    operator.logout()
    assert [operator.get(page).status_code for page in pages] == [302, 302, 302]
    operator.force_login(User.objects.create(username="trainee", is_staff=True))
    assert [operator.get(page).status_code for page in pages] == [403, 403, 403]


@everywhere
def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(
    operator: Client, model: type[models.Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    many = queries(operator, address(model, "changelist"))
    monkeypatch.setattr(admin.site.get_model_admin(model), "list_per_page", 1)
    one = queries(operator, address(model, "changelist"))
    assert len(many) == len(one)


@everywhere
def test_no_list_counts_all_its_rows(operator: Client, model: type[models.Model]) -> None:
    counts = [sql for sql in queries(operator, address(model, "changelist")) if "COUNT(" in sql]
    assert counts
    assert all("LIMIT 5000" in sql for sql in counts)


@everywhere
def test_a_search_for_nonsense_finds_nothing(operator: Client, model: type[models.Model]) -> None:
    for term in ("nothing", "O'Brien", "%00", "%25", "7", "-", "%F0%9F%AB%96"):
        found = operator.get(address(model, "changelist") + f"?q={term}", follow=True)
        assert found.status_code == 200
        assert len(found.context["cl"].result_list) == 0 or term == "%00"


def test_accounts_can_be_opened(operator: Client) -> None:
    user = User.objects.create(username="trainee")
    name = address(User, "change", user.pk)
    fields = {"username": "trained", "date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    changed = send(operator, name, fields)
    assert changed.status_code == 302
    user.refresh_from_db()
    assert user.username == "trained"
