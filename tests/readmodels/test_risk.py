"""Money at risk for too long is alerted once per risk, until it is over."""

from datetime import timedelta

import pytest
from celery import current_app
from django.db.models import F
from pytest_django import Settings

from outbox.models import Alarm, Message
from readmodels.models import MoneyAtRisk
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop


@pytest.fixture
def paid(shop: Shop, settings: Settings) -> Shop:
    """Place an order whose money is captured and whose goods are not reserved."""
    settings.OUTBOX_FOLLOW_UP = False
    shop.order()
    settle_all_but("inventory")
    return shop


def hours_pass(hours: int) -> None:
    by = timedelta(hours=hours)
    MoneyAtRisk.objects.update(since=F("since") - by)
    Alarm.objects.update(alerted_at=F("alerted_at") - by)


def tick() -> None:
    current_app.tasks["readmodels.watch_money"]()


def alerts() -> list[tuple[str, str]]:
    told = Message.objects.filter(type="AlertOperators").order_by("recorded_at")
    return [(each.payload["subject"], each.payload["text"].partition(",")[0]) for each in told]


ONE = ("Money at risk: 12.50 GBP of 1 orders", "Captured")


@pytest.mark.usefixtures("paid")
def test_money_at_risk_is_alerted_once_when_it_is_older_than_the_setting() -> None:
    tick()
    assert alerts() == []
    hours_pass(3)
    for _ in range(3):
        tick()
        hours_pass(3)
    assert alerts() == [ONE]


def test_more_of_it_is_one_more_alert(paid: Shop) -> None:
    hours_pass(3)
    tick()
    for _ in range(2):
        paid.order()
    settle_all_but("inventory")
    hours_pass(3)
    for _ in range(3):
        tick()
    assert alerts() == [ONE, ("Money at risk: 37.50 GBP of 3 orders", "Captured")]


def test_when_it_is_at_risk_no_longer_its_alarm_is_over(paid: Shop) -> None:
    hours_pass(3)
    tick()
    settle()
    tick()
    assert not Alarm.objects.exists()
    paid.order()
    settle_all_but("inventory")
    hours_pass(3)
    tick()
    assert alerts() == [ONE, ONE]


def test_the_setting_says_how_old(paid: Shop, settings: Settings) -> None:  # noqa: ARG001 - money at risk
    settings.MONEY_AT_RISK_ALERT_MINUTES = 60 * 4
    hours_pass(3)
    tick()
    assert alerts() == []
    hours_pass(2)
    tick()
    assert alerts() == [ONE]
