"""Old webhooks and reconciliations are removed, except those that need a human."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings
from uuid_utils.compat import uuid7

from outbox.kit.rows import removal
from payments import retention
from payments.models import Payment, Reconciliation, Webhook
from payments.retention import RemovedRecords
from payments.tasks import retain

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture(autouse=True)
def _days(settings: Settings) -> None:
    settings.PAYMENTS_KEEP_WEBHOOKS_DAYS = 90
    settings.PAYMENTS_KEEP_RECONCILIATIONS_DAYS = 400


def webhook(status: str, *, days: int) -> Webhook:
    moment = timezone.now() - timedelta(days=days)
    return Webhook.objects.create(
        gateway="sandbox",
        event_id=f"evt_{uuid7()}",
        type="charge.succeeded",
        kind="charge",
        order_id=uuid7(),
        status=status,
        happened_at=moment,
        received_at=moment,
    )


def reconciliation(*, differences: int, days: int) -> Reconciliation:
    moment = timezone.now() - timedelta(days=days)
    return Reconciliation.objects.create(
        gateway="sandbox",
        since=moment - timedelta(days=1),
        until=moment,
        entries=3,
        differences=differences,
        made_at=moment,
    )


def remove() -> RemovedRecords:
    return retention.remove_what_is_over(seconds=60)


def test_a_matched_webhook_goes_when_its_days_are_over() -> None:
    webhook("matched", days=91)
    young = webhook("matched", days=89)
    assert remove() == RemovedRecords(1, 0)
    assert list(Webhook.objects.all()) == [young]


@pytest.mark.parametrize("status", ["unmatched", "received"])
def test_a_webhook_that_nobody_has_understood_stays(status: str) -> None:
    webhook(status, days=1000)
    assert remove() == RemovedRecords(0, 0)


def test_a_webhook_of_a_payment_that_needs_attention_stays() -> None:
    told = webhook("matched", days=1000)
    assert told.order_id
    Payment.objects.create(
        order_id=told.order_id, amount=1, currency="GBP", payment_method="", needs_attention=True
    )
    assert remove() == RemovedRecords(0, 0)


def test_a_reconciliation_goes_unless_it_found_differences() -> None:
    reconciliation(differences=0, days=401)
    kept = [reconciliation(differences=1, days=401), reconciliation(differences=0, days=399)]
    assert remove() == RemovedRecords(0, 1)
    assert list(Reconciliation.objects.order_by("pk")) == kept


def test_what_stays_holds_up_nothing_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "PAGE", 2)
    for status in ("unmatched", "unmatched", "matched", "unmatched", "matched", "matched"):
        webhook(status, days=91)
    assert remove() == RemovedRecords(3, 0)


def test_no_time_left_removes_nothing() -> None:
    webhook("matched", days=91)
    assert retention.remove_what_is_over(seconds=0) == RemovedRecords(0, 0)


def test_forever_keeps_everything(settings: Settings) -> None:
    settings.PAYMENTS_KEEP_WEBHOOKS_DAYS = settings.PAYMENTS_KEEP_RECONCILIATIONS_DAYS = None
    webhook("matched", days=9999)
    reconciliation(differences=0, days=9999)
    assert remove() == RemovedRecords(0, 0)


def test_beat_removes() -> None:
    webhook("matched", days=91)
    retain()
    assert not Webhook.objects.exists()
