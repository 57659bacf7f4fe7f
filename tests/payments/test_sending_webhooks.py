"""The sandbox sends its webhooks over real HTTP."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from payments.gateways.port import gateway_named
from payments.models import PaymentOperation, Webhook
from testkit.delivering import settle_all_but
from testkit.shop import Shop
from tests.payments.test_calling import call_once


def send(live_server: LiveServer, *words: str) -> str:
    said = StringIO()
    call_command("send_sandbox_webhooks", "--to", live_server.url, *words, stdout=said)
    return said.getvalue()


@pytest.fixture(autouse=True)
def _secret(settings: Settings) -> None:
    settings.SANDBOX_WEBHOOK_SECRETS = ["the secret of these tests"]
    gateway_named.cache_clear()


def test_webhooks_sent_twice_and_in_reverse_answer_what_is_open(
    audited: Shop, live_server: LiveServer
) -> None:
    for _ in range(3):
        audited.order(payment_method="pm_sandbox_silent")
    settle_all_but("gateway")
    call_once()
    assert send(live_server, "--twice", "--reversed") == "3 webhooks: 6 answered 202\n"
    settle_all_but("gateway")
    assert set(PaymentOperation.objects.values_list("outcome", flat=True)) == {"succeeded"}
    assert Webhook.objects.count() == 3


def test_forged_ones_are_refused(shop: Shop, live_server: LiveServer) -> None:
    shop.order(payment_method="pm_sandbox_silent")
    settle_all_but("gateway")
    call_once()
    assert send(live_server, "--forged") == "1 webhooks: 1 answered 401\n"
    assert not Webhook.objects.exists()


def test_bad_input_is_one_line(settings: Settings) -> None:
    with pytest.raises(CommandError, match="--to wants an address"):
        call_command("send_sandbox_webhooks", "--to", "somewhere")
    settings.SANDBOX_WEBHOOK_SECRETS = []
    with pytest.raises(CommandError, match="SANDBOX_WEBHOOK_SECRET is not set"):
        call_command("send_sandbox_webhooks")
