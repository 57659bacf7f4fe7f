"""An endpoint is sent each chosen event, signed, until it accepts it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings
from standardwebhooks import Webhook, WebhookVerificationError

from outbox.delivery.relay import drain
from outbox.models import FailedAttempt, Lane, Message, WebhookAttempt
from outbox.webhooks.endpoints import change_endpoint
from outbox.webhooks.rotating import replace_secret
from outbox.webhooks.sending import tls_settings
from testkit.delivering import hurry, settle, settle_all_but
from testkit.shop import Shop
from tests.outbox.conftest import HANDLED, lane, statuses
from tests.webhooks.conftest import Receiver

ERP = "webhook_erp"


def try_once() -> Lane:
    """Let the endpoint be called once, which does not accept it; return what is owed."""
    hurry()
    drain([ERP], seconds=5)
    return lane(name=ERP)


@pytest.fixture
def confirmed(shop: Shop, erp: str) -> str:
    """Confirm an order; the endpoint is still to be sent that."""
    assert erp
    order = shop.order()
    settle_all_but(ERP)
    return str(order.id)


def test_a_confirmed_order_is_sent_once_and_no_other_event_is(
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


@pytest.mark.usefixtures("confirmed")
def test_the_signature_is_verified_by_the_library_with_the_old_secret_and_the_new(
    receiver: Receiver, erp: str
) -> None:
    new = replace_secret(name="erp", reason="as every year", actor="ada")
    settle()
    (received,) = receiver.received
    for secret in (erp, new):
        assert Webhook(secret).verify(received.body, received.headers)["type"] == "OrderConfirmed"
        other = received.body.replace(b"OrderConfirmed", b"OrderCancelled")
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(other, received.headers)


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


@pytest.mark.usefixtures("confirmed")
def test_what_is_owed_goes_where_the_endpoint_is_now_and_only_what_it_still_wants(
    receiver: Receiver,
) -> None:
    wanted = {"url": receiver.url.replace("/hooks", "/moved"), "events": ["OrderConfirmed"]}
    change_endpoint(name="erp", changes=wanted, reason="moved", actor="ada")
    settle()
    assert [each.path for each in receiver.received] == ["/moved?from=shop"]


@pytest.mark.usefixtures("confirmed")
def test_an_event_that_is_not_wanted_any_more_is_passed_over(receiver: Receiver) -> None:
    change_endpoint(
        name="erp", changes={"events": ["OrderCancelled"]}, reason="too many", actor="ada"
    )
    settle()
    assert receiver.received == []
    assert not Lane.objects.filter(subscriber=ERP).exists()


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


@pytest.mark.usefixtures("erp")
def test_an_endpoint_that_fails_holds_up_no_order(audited: Shop, receiver: Receiver) -> None:
    receiver.answers = [503] * 3
    order = audited.order()
    settle()
    order.refresh_from_db()
    assert order.status == "confirmed"
    assert statuses(ERP) == [HANDLED]
    assert FailedAttempt.objects.filter(subscriber=ERP).count() == 3


@pytest.mark.usefixtures("confirmed")
def test_every_attempt_is_recorded_with_what_was_answered(
    confirmed: str, receiver: Receiver, erp: str
) -> None:
    receiver.answers, receiver.says = [503], f"down for {erp}\n<b>repairs</b>".encode() + b"." * 999
    try_once()
    receiver.says = b""
    settle()
    message = Message.objects.get(type="OrderConfirmed")
    attempts = WebhookAttempt.objects.order_by("id")
    assert [(a.attempt, a.status, a.event) for a in attempts] == [
        (1, 503, "OrderConfirmed"),
        (2, 204, "OrderConfirmed"),
    ]
    assert {(a.endpoint_id, a.message_id, str(a.correlation_id)) for a in attempts} == {
        ("erp", message.id, confirmed)
    }
    assert attempts[0].excerpt.startswith("down for *** <b>repairs</b>...")
    assert (len(attempts[0].excerpt), attempts[1].excerpt) == (200, "")
