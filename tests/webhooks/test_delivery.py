"""An endpoint is told of each chosen event, signed, until it takes it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings
from standardwebhooks import Webhook, WebhookVerificationError

from outbox.delivery.relay import drain
from outbox.models import FailedAttempt, Lane, Message
from outbox.operations.dead_letters import Selection
from outbox.operations.redrive import redrive
from outbox.webhooks.endpoints import Endpoint
from outbox.webhooks.sending import tls_settings
from tests.outbox.conftest import HANDLED, lane, statuses
from tests.shop import Shop, hurry, settle, settle_all_but
from tests.webhooks.conftest import OLD_SECRET, SECRET, Receiver

ERP = "webhook_erp"


def try_once() -> Lane:
    """Let the endpoint be called once, which does not take it; return what is owed."""
    hurry()
    drain([ERP], seconds=5)
    return lane(name=ERP)


@pytest.fixture
def confirmed(shop: Shop, endpoint: Endpoint) -> str:
    """Confirm an order; the endpoint is still to be told."""
    assert endpoint.name == "erp"
    order = shop.order()
    settle_all_but("webhook_erp")
    return str(order.id)


def test_a_confirmed_order_is_told_once_and_no_other_event_is(
    confirmed: str, receiver: Receiver
) -> None:
    settle()
    (received,) = receiver.received
    message = Message.objects.get(type="OrderConfirmed")
    assert received.path == "/hooks?from=shop"
    assert json.loads(received.body) == {
        "type": "OrderConfirmed",
        "timestamp": message.recorded_at.isoformat().replace("+00:00", "Z"),
        "data": message.payload,
    }
    assert message.payload["order_id"] == confirmed


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
@pytest.mark.usefixtures("confirmed")
def test_the_signature_is_verified_by_the_library_with_the_old_secret_and_the_new(
    receiver: Receiver, secret: str
) -> None:
    settle()
    (received,) = receiver.received
    body = received.body
    assert Webhook(secret).verify(body, received.headers)["type"] == "OrderConfirmed"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace(b"OrderConfirmed", b"OrderCancelled"), received.headers)


@pytest.mark.usefixtures("confirmed")
def test_the_id_is_the_same_at_every_try_and_that_of_the_message(receiver: Receiver) -> None:
    receiver.answers = [500, 302, 404]
    for attempts, error in enumerate(("500", "302", "404"), start=1):
        tried = try_once()
        assert (tried.stopped, tried.attempts) == (False, attempts)
        assert tried.error == f"NotTaken: erp answered {error}"
    settle()
    assert statuses(ERP) == [HANDLED]
    message = Message.objects.get(type="OrderConfirmed")
    assert [each.headers["webhook-id"] for each in receiver.received] == [str(message.id)] * 4


@pytest.mark.usefixtures("confirmed")
def test_an_endpoint_may_say_when_to_come_again(receiver: Receiver) -> None:
    receiver.answers, receiver.headers = [429], {"Retry-After": "600"}
    assert try_once().due_at > timezone.now() + timedelta(seconds=590)


def test_an_endpoint_that_is_gone_is_called_no_more_until_that_is_redriven(
    shop: Shop, receiver: Receiver, endpoint: Endpoint
) -> None:
    assert endpoint.name == "erp"
    receiver.answers = [410]
    shop.order()
    settle()
    gone = lane(name=ERP)
    assert (gone.stopped, gone.error_type) == (True, "Gone")
    shop.order()
    settle()
    closed = Lane.objects.filter(subscriber=ERP).latest("id")
    assert (closed.stopped, closed.error_type) == (True, "EndpointClosed")
    assert len(receiver.received) == 1
    redrive(Selection(subscriber=ERP), actor="ada", reason="it is back")
    settle()
    assert len(receiver.received) == 3


@pytest.mark.usefixtures("confirmed")
def test_an_endpoint_that_drips_is_cut_off(receiver: Receiver, settings: Settings) -> None:
    settings.OUTBOX_LEASE_SECONDS = 1
    receiver.drips = True
    assert try_once().error == "NoAnswer: localhost: no answer within 0.6 seconds"


@pytest.mark.usefixtures("confirmed")
def test_an_endpoint_on_this_machine_is_refused_in_production(
    receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOK_PRIVATE_ADDRESSES = False
    assert "AddressRefused: localhost is" in try_once().error
    assert receiver.received == []


@pytest.mark.usefixtures("confirmed")
def test_an_endpoint_whose_certificate_nobody_vouches_for_gets_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    tls_settings.cache_clear()
    assert "certificate verify failed" in try_once().error
    assert receiver.received == []


def test_an_endpoint_that_fails_holds_up_no_order(
    audited: Shop, receiver: Receiver, endpoint: Endpoint
) -> None:
    assert endpoint.name == "erp"
    receiver.answers = [503] * 3
    order = audited.order()
    settle()
    order.refresh_from_db()
    assert order.status == "confirmed"
    assert statuses(ERP) == [HANDLED]
    assert FailedAttempt.objects.filter(subscriber=ERP).count() == 3
