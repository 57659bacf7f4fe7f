"""Dead letters and daily work that is late are alerted: each once, and again when it is new."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from celery import current_app
from django.core import mail
from django.core.management import call_command
from django.db.models import F
from pytest_django import Settings

from outbox.delivery.relay import drain
from outbox.kit import daily
from outbox.kit.alarms import LONGEST_NAME
from outbox.kit.daily import Days, do_what_is_due
from outbox.messages import Envelope
from outbox.models import Alarm, DailyWork, FailedAttempt, Lane
from outbox.retry import Permanent
from testkit.delivering import hurry
from tests.outbox.conftest import HANDLED, STOPPED, Ear, Listen, deliver, ring, statuses
from tests.threads import at_once

pytestmark = pytest.mark.usefixtures("transactional_db")

CHANNELS = ["alerts", "alert_mails"]


class Broken(Permanent):
    """No retry can change it."""


class Spoilt(Permanent):
    """Nor this."""


@pytest.fixture(autouse=True)
def _operators(settings: Settings) -> None:
    settings.ADMINS = [("Grace", "grace@shop.example")]


def fail_with(error: type[Exception]) -> Callable[[Envelope[Any]], None]:
    def act(_: Envelope[Any]) -> None:
        raise error("no\nmore")

    return act


def tick(_: int = 0) -> None:
    current_app.tasks["outbox.watch"]()


def subjects() -> list[str]:
    drain(CHANNELS, seconds=10)
    return [each.subject.removeprefix("[Django] ") for each in mail.outbox]


def hours_pass(hours: float) -> None:
    Alarm.objects.update(alerted_at=F("alerted_at") - timedelta(hours=hours))


def test_many_dead_letters_are_one_alert_for_each_subscriber_and_type_of_error(
    listen: Listen, ear: Ear
) -> None:
    listen()
    ear.act = fail_with(Broken)
    for _ in range(30):
        ring()
    deliver()
    ear.act = fail_with(Spoilt)
    ring()
    deliver()
    for _ in range(3):
        tick()
    assert sorted(subjects()) == [
        "Dead letters at ear: 1 with Spoilt",
        "Dead letters at ear: 30 with Broken",
    ]
    assert "no\nmore" in mail.outbox[0].body


def test_what_joins_them_is_told_when_some_time_has_passed(listen: Listen, ear: Ear) -> None:
    listen()
    ear.act = fail_with(Broken)
    ring()
    deliver()
    tick()
    ring()
    deliver()
    tick()
    assert len(subjects()) == 1
    hours_pass(1)
    for _ in range(3):
        tick()
        hours_pass(1)
    assert subjects()[1:] == ["Dead letters at ear: 2 with Broken"]


@pytest.mark.parametrize("act", ["redrive", "discard"])
def test_a_dead_letter_that_was_seen_to_is_news_when_it_comes_back(
    listen: Listen, ear: Ear, act: str
) -> None:
    listen()
    for told in (1, 2):
        ear.act = fail_with(Broken)
        ring()
        deliver()
        tick()
        assert len(subjects()) == told
        ear.act = None
        call_command("outbox", act, "--all", "--reason", "mended")
        deliver()
        tick()
    assert not Alarm.objects.exists()


def test_ticks_at_once_tell_once(listen: Listen, ear: Ear) -> None:
    listen()
    ear.act = fail_with(Broken)
    ring()
    deliver()
    at_once(4, tick)
    assert subjects() == ["Dead letters at ear: 1 with Broken"]


def test_an_alert_that_cannot_be_recorded_is_told_by_the_next_tick(
    listen: Listen, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen()
    ear.act = fail_with(Broken)
    ring()
    deliver()
    with monkeypatch.context() as patch:
        patch.setattr("outbox.alerts.alert_operators", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tick()
    tick()
    assert len(subjects()) == 1


def test_a_dead_channel_stops_nothing_and_is_alerted_once_through_the_others(
    listen: Listen, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object, **__: object) -> None:
        raise OSError("the mail server is away")

    monkeypatch.setattr(mail.EmailMessage, "send", refuse)
    listen()
    ear.act = fail_with(Broken)
    ring()
    deliver()
    for _ in range(3):
        tick()
        give_up_mail()
    ear.act = None
    ring()
    deliver()
    assert sorted(statuses()) == sorted([STOPPED, HANDLED])
    stopped = Lane.objects.filter(subscriber="alert_mails", stopped=True)
    assert set(stopped.values_list("error_type", flat=True)) == {"OSError"}
    assert sorted(statuses("alerts")) == [HANDLED, HANDLED]
    assert not FailedAttempt.objects.filter(subscriber="alerts").exists()


def give_up_mail() -> None:
    """Let the next try of each mail be its last."""
    drain(CHANNELS, seconds=10)
    Lane.objects.filter(subscriber="alert_mails", stopped=False).update(attempts=19)
    hurry()
    drain(CHANNELS, seconds=10)


def test_an_error_type_longer_than_an_alarms_name_is_told_once(listen: Listen, ear: Ear) -> None:
    listen()
    ear.act = fail_with(type("Long" * LONGEST_NAME, (Permanent,), {}))
    ring()
    deliver()
    for _ in range(2):
        tick()
    assert len(subjects()) == 1


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> list[Days]:
    """Have one daily thing that cannot be done for three days now; list those for which it was."""
    done: list[Days] = []

    def fail(_: Days) -> None:
        raise Broken("the gateway says nothing")

    monkeypatch.setattr(daily, "dailies", {})
    daily.daily("count", at=time(0))(fail)
    do_what_is_due()
    DailyWork.objects.update(done_until=F("done_until") - timedelta(days=3))
    monkeypatch.setattr(daily, "dailies", {})
    daily.daily("count", at=time(0))(done.append)
    return done


def try_again() -> None:
    DailyWork.objects.update(next_try_at=F("next_try_at") - timedelta(hours=1))
    do_what_is_due()


def test_daily_work_that_is_late_is_alerted_once_until_it_is_done(days: list[Days]) -> None:
    DailyWork.objects.update(tries=2)
    for _ in range(3):
        tick()
    (subject,) = subjects()
    assert subject.startswith("Daily work is ")
    assert subject.endswith(" hours late: count")
    assert "Last error: Broken: the gateway says nothing" in mail.outbox[0].body
    try_again()
    tick()
    assert len(days) == 1
    DailyWork.objects.update(done_until=F("done_until") - timedelta(days=2))
    tick()
    assert len(subjects()) == 2


def test_daily_work_that_is_being_done_for_the_first_time_is_not_late(days: list[Days]) -> None:
    tick()
    assert (days, subjects()) == ([], [])


def test_daily_work_that_is_late_by_less_than_the_setting_is_not_alerted(
    days: list[Days], settings: Settings
) -> None:
    DailyWork.objects.update(tries=2)
    settings.DAILY_WORK_ALERT_MINUTES = 60 * 24 * 5
    tick()
    assert (days, subjects()) == ([], [])
