"""One command removes all that is over, whosever it is, and says how much went."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from config.models import IdempotencyKey
from orders.models import Order
from outbox.models import FailedAttempt, Message
from payments.models import Reconciliation, Webhook
from testkit.delivering import settle
from testkit.invariants import assert_clean
from tests.api.conftest import ada
from tests.outbox.test_retention import days_pass
from tests.payments.test_retention import reconciliation, webhook

__all__ = ["ada"]


@pytest.fixture(autouse=True)
def _kept(settings: Settings) -> None:
    settings.IDEMPOTENCY_KEEP_HOURS = 24
    settings.PAYMENTS_KEEP_WEBHOOKS_DAYS = 90
    settings.PAYMENTS_KEEP_RECONCILIATIONS_DAYS = 400
    settings.OUTBOX_KEEP_FAILURES_DAYS = 30
    settings.OUTBOX_KEEP_LOG_DAYS = None


def retention(*words: str) -> list[str]:
    said = StringIO()
    call_command("retention", *words, stdout=said)
    return said.getvalue().splitlines()


def a_day_passes_for_keys() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE config_idempotencykey SET answered_at = now() - interval '25 hours'")


def test_one_command_removes_all_that_is_over(ada: APIClient, settings: Settings) -> None:
    body = {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_sandbox_silent_once"}
    assert ada.post("/api/v1/orders", body, format="json", HTTP_IDEMPOTENCY_KEY="one-order").json()
    settle()
    for days in (89, 91):
        webhook("matched", days=days)
    for days in (399, 401):
        reconciliation(differences=0, days=days)
    failures, messages = FailedAttempt.objects.count(), Message.objects.count()
    assert [line.partition(" ")[0] for line in retention()] == [
        *("0", "1", "1", "0", "0", "0", "0")
    ]

    a_day_passes_for_keys()
    days_pass(31)
    assert retention() == [
        "1 idempotency keys removed; they are kept for 24 hours",
        "0 webhooks removed; they are kept for 90 days",
        "0 reconciliations removed; they are kept for 400 days",
        "0 quotes removed; they are kept for 7 days",
        f"{failures} failed attempts removed; they are kept for 30 days",
        "0 attempts of webhooks removed; they are kept for 30 days",
        "0 messages removed; they are kept for ever",
    ]
    settings.OUTBOX_KEEP_LOG_DAYS = 30
    assert retention("--seconds", "60")[-1] == (
        f"{messages} messages removed; they are kept for 30 days"
    )
    assert not IdempotencyKey.objects.exists()
    assert (Webhook.objects.count(), Reconciliation.objects.count()) == (1, 1)
    assert Order.objects.get().status == "confirmed"
    assert_clean()
