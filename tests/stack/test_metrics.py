"""Figures of all apps, at /metrics for Prometheus."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import DatabaseError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from orders.models import Order
from outbox.doorbell.heartbeats import HeartbeatWriter
from outbox.models import Lane
from payments.models import Payment
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop

TOKEN = "long enough for a token"


def samples(client: Client, **headers: str) -> dict[tuple[str, ...], float]:
    """Return the figures by name and labels."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.content
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


@pytest.fixture
def staff(db: None) -> Client:  # noqa: ARG001 - the tables
    client, user = Client(), User.objects.create(username="ada", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_lane"))
    client.force_login(user)
    return client


@pytest.fixture
def troubled(shop: Shop) -> Shop:
    """Open a shop with an order whose call was given up, and one that waits for its own."""
    HeartbeatWriter().write("orders-1@here")
    shop.order()
    settle_all_but("gateway")
    Lane.objects.filter(subscriber="gateway").update(stopped=True)
    order = shop.order()
    settle_all_but("gateway")
    Order.objects.filter(pk=order.pk).update(needs_attention=True)
    Payment.objects.filter(order_id=order.pk).update(needs_attention=True)
    return shop


@pytest.mark.usefixtures("troubled")
def test_figures_show_what_is_owed_stuck_and_in_need_of_attention(staff: Client) -> None:
    shown = samples(staff)
    assert shown["outbox_owed", "gateway"] == 1
    assert shown["outbox_oldest_owed_seconds", "gateway"] > 0
    assert shown["outbox_dead_letters", "gateway"] == 1
    assert shown["outbox_messages_per_minute", "readmodels"] > 0
    assert shown["outbox_owed", "readmodels"] == 0
    assert shown["sagas_open", "charge_first", "running"] == 2
    assert shown["orders_needing_attention",] == 1
    assert shown["payments_needing_attention",] == 1
    assert shown["outbox_workers",] == 1
    assert shown["figures_failed",] == 0


def test_what_has_ended_is_not_open(shop: Shop, staff: Client) -> None:
    shop.order()
    settle()
    assert not [key for key in samples(staff) if key[0] == "sagas_open"]


def test_an_app_whose_figures_fail_takes_no_other_with_it(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise DatabaseError("cannot")

    monkeypatch.setattr("payments.metrics.figures", fail)
    shown = samples(staff)
    assert shown["figures_failed",] == 1
    assert ("payments_needing_attention",) not in shown
    assert ("orders_needing_attention",) in shown


@pytest.mark.django_db
def test_without_a_token_there_is_no_such_page_but_for_staff_who_may(client: Client) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    client.force_login(User.objects.create(username="customer"))
    assert client.get("/metrics").status_code == 404
    client.force_login(User.objects.create(username="clerk", is_staff=True))
    assert client.get("/metrics").status_code == 404


@pytest.mark.django_db
def test_with_a_token_only_that_token_opens_it(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert samples(client, Authorization=f"Bearer {TOKEN}")
    for wrong in ("", f"Token {TOKEN}", "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN} é"):
        answer = client.get("/metrics", headers={"Authorization": wrong})
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), wrong
    assert client.post("/metrics").status_code == 405
