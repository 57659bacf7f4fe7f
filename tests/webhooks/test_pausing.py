"""An endpoint that keeps failing is paused: what it is owed is kept, and sent on resuming."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from outbox.delivery.relay import drain, owed_names
from outbox.models import Lane, Message, OperatorAct, WebhookEndpoint
from outbox.operations.status import oldest_owed_seconds
from outbox.operations.watching import watch_paused_endpoints
from outbox.webhooks import registered
from outbox.webhooks.endpoints import change_endpoint
from outbox.webhooks.pausing import NotPausable, pause_endpoint, resume_endpoint
from testkit.delivering import hurry, settle_all_but
from testkit.shop import Shop
from tests.webhooks.conftest import Receiver

ERP = "webhook_erp"

pytestmark = pytest.mark.usefixtures("erp")


def erp_now() -> WebhookEndpoint:
    return WebhookEndpoint.objects.get(pk="erp")


def call_erp(times: int = 1) -> None:
    for _ in range(times):
        hurry()
        drain([ERP], seconds=5)


def alerts() -> list[dict[str, Any]]:
    return list(Message.objects.filter(type="AlertOperators").values_list("payload", flat=True))


def confirm(shop: Shop, orders: int = 1) -> None:
    for _ in range(orders):
        shop.order()
    settle_all_but(ERP)


def test_an_endpoint_that_fails_for_long_is_paused_and_operators_are_alerted_once(
    shop: Shop, receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOK_PAUSE_AFTER_MINUTES = 30
    receiver.answers = [503] * 20
    confirm(shop)
    call_erp(6)
    assert (erp_now().failures, erp_now().paused_at) == (6, None)
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(minutes=31))
    call_erp(5)
    assert erp_now().failures == 7
    assert len(receiver.received) == 7
    for _ in range(2):
        watch_paused_endpoints()
    (alert,) = alerts()
    assert alert["subject"] == "The webhook endpoint erp is paused"
    assert "The last 7 attempts have failed" in alert["text"]
    assert "erp answered 503" in alert["text"]
    assert erp_now().paused_because in alert["text"]


def test_few_failures_pause_nothing_however_long_they_take(
    shop: Shop, receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOK_PAUSE_AFTER_MINUTES = 30
    receiver.answers = [503] * 20
    confirm(shop)
    call_erp()
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=2))
    call_erp(3)
    assert (erp_now().failures, erp_now().paused_at) == (4, None)


def test_whatever_is_accepted_ends_the_count(shop: Shop, receiver: Receiver) -> None:
    receiver.answers = [503] * 3
    confirm(shop)
    call_erp(4)
    assert (erp_now().failures, erp_now().failing_since) == (0, None)


def test_an_endpoint_that_says_that_it_is_gone_is_paused_at_once(
    shop: Shop, receiver: Receiver
) -> None:
    receiver.answers = [410]
    confirm(shop)
    call_erp(2)
    assert erp_now().paused_because == "It answered 410: it wants no more webhooks."
    watch_paused_endpoints()
    assert (len(receiver.received), len(alerts())) == (1, 1)


def test_an_endpoint_that_fails_again_is_alerted_again_and_one_that_staff_paused_is_not(
    shop: Shop, receiver: Receiver
) -> None:
    for _ in range(2):
        receiver.answers = [410]
        confirm(shop)
        call_erp()
        watch_paused_endpoints()
        resume_endpoint(name="erp", reason="it is back", actor="ada")
        call_erp()
        watch_paused_endpoints()
    pause_endpoint(name="erp", reason="it is being moved", actor="ada")
    watch_paused_endpoints()
    assert len(alerts()) == 2


def test_what_is_owed_meanwhile_is_kept_and_sent_in_order_once_it_is_resumed(
    shop: Shop, receiver: Receiver
) -> None:
    wanted = {"events": ["OrderPlaced", "OrderConfirmed"]}
    change_endpoint(name="erp", changes=wanted, reason="all", actor="ada")
    receiver.answers = [503]
    confirm(shop)
    call_erp()
    pause_endpoint(name="erp", reason="it is being moved", actor="ada")
    confirm(shop, orders=2)
    call_erp(2)
    assert len(receiver.received) == 1
    assert Lane.objects.filter(subscriber=ERP).count() == 3
    receiver.received.clear()
    resume_endpoint(name="erp", reason="it is back", actor="ada")
    drain([ERP], seconds=5)
    sent = [json.loads(each.body) for each in receiver.received]
    by_order: dict[str, list[str]] = {}
    for each in sent:
        by_order.setdefault(each["data"]["order_id"], []).append(each["type"])
    assert list(by_order.values()) == [["OrderPlaced", "OrderConfirmed"]] * 3
    assert not Lane.objects.filter(subscriber=ERP).exists()
    assert (erp_now().failures, erp_now().paused_because) == (0, "")


def test_a_pause_is_no_backlog(shop: Shop) -> None:
    confirm(shop)
    pause_endpoint(name="erp", reason="it is being moved", actor="ada")
    Lane.objects.update(due_at=timezone.now() - timedelta(hours=1))
    assert ERP not in owed_names()
    assert oldest_owed_seconds() == 0


def test_a_process_that_has_not_noticed_the_pause_sends_nothing_and_counts_no_attempt(
    shop: Shop, receiver: Receiver
) -> None:
    confirm(shop)
    WebhookEndpoint.objects.update(paused_at=timezone.now())
    call_erp()
    lane = Lane.objects.get(subscriber=ERP)
    assert (receiver.received, lane.attempts, lane.claim) == ([], 0, None)
    assert lane.due_at > timezone.now()
    registered.read()
    assert ERP not in owed_names()


def test_both_acts_are_recorded_and_neither_is_done_twice() -> None:
    pause_endpoint(name="erp", reason="it is being moved", actor="ada")
    with pytest.raises(NotPausable, match="paused already: it is being moved"):
        pause_endpoint(name="erp", reason="again", actor="ada")
    resume_endpoint(name="erp", reason="it is back", actor="bob")
    with pytest.raises(NotPausable, match="is not paused"):
        resume_endpoint(name="erp", reason="again", actor="bob")
    acts = OperatorAct.objects.filter(verb__contains="e webhook endpoint").order_by("id")
    assert list(acts.values_list("actor", "verb", "subject", "reason")) == [
        ("ada", "pause webhook endpoint", "erp", "it is being moved"),
        ("bob", "resume webhook endpoint", "erp", "it is back"),
    ]
