"""Daily work is done once a day, even if ticks are lost."""

from datetime import UTC, datetime, time, timedelta

import pytest
from celery import current_app
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outbox.kit import daily
from outbox.kit.daily import Days, do_what_is_due
from outbox.metrics import figures
from outbox.models import DailyWork
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ONE_DAY = timedelta(days=1)


class Silent(Exception):
    pass


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[Days]:
    """Register one piece of daily work, due at midnight; return the days for which it was done."""
    days: list[Days] = []
    monkeypatch.setattr(daily, "dailies", {})
    daily.daily("count", at=time(0))(days.append)
    return days


def days_pass(days: int) -> None:
    work = DailyWork.objects.get()
    DailyWork.objects.update(done_until=work.done_until - timedelta(days=days))


def minutes_pass(minutes: int) -> None:
    work = DailyWork.objects.get()
    DailyWork.objects.update(next_try_at=work.next_try_at - timedelta(minutes=minutes))


def late() -> float:
    (figure,) = [each for each in figures() if each.name == "outbox_daily_work_late_seconds"]
    return figure.values["count",]


def test_it_is_done_once_however_often_beat_asks(done: list[Days]) -> None:
    for _ in range(3):
        do_what_is_due()
    today = datetime.combine(datetime.now(UTC), time(0), UTC)
    assert done == [Days(today - ONE_DAY, today)]
    days_pass(1)
    do_what_is_due()
    assert len(done) == 2


def test_days_on_which_nobody_asked_are_caught_up(done: list[Days]) -> None:
    do_what_is_due()
    days_pass(3)
    assert late() > 2 * ONE_DAY.total_seconds()
    do_what_is_due()
    assert done[1].until - done[1].since == 3 * ONE_DAY
    assert late() == 0


def test_before_its_hour_it_is_not_due(monkeypatch: pytest.MonkeyPatch, done: list[Days]) -> None:
    do_what_is_due()
    days_pass(1)
    in_a_minute = (datetime.now(UTC) + timedelta(minutes=1)).time()
    if in_a_minute < time(0, 2):
        pytest.skip("tomorrow begins within a minute")
    monkeypatch.setattr(daily, "dailies", {})
    daily.daily("count", at=in_a_minute)(done.append)
    do_what_is_due()
    assert len(done) == 1


def test_what_fails_is_done_later_and_says_why(
    monkeypatch: pytest.MonkeyPatch, done: list[Days]
) -> None:
    def fail(_: Days) -> None:
        raise Silent("the gateway says nothing\0 \ud800")

    monkeypatch.setattr(daily, "dailies", {})
    daily.daily("count", at=time(0))(fail)
    for _ in range(2):
        do_what_is_due()
    work = DailyWork.objects.get()
    assert (work.tries, work.done_at) == (1, None)
    assert work.error.startswith("Silent: the gateway says nothing")
    daily.daily("count", at=time(0))(done.append)
    minutes_pass(1)
    do_what_is_due()
    work.refresh_from_db()
    assert (len(done), work.tries, work.error) == (1, 0, "")


def test_what_a_dead_worker_had_begun_is_taken_up_by_another(
    monkeypatch: pytest.MonkeyPatch, done: list[Days]
) -> None:
    def die(_: Days) -> None:
        raise SystemExit

    monkeypatch.setattr(daily, "dailies", {})
    daily.daily("count", at=time(0))(die)
    with pytest.raises(SystemExit):
        do_what_is_due()
    daily.daily("count", at=time(0))(done.append)
    do_what_is_due()
    assert not done
    minutes_pass(daily.SECONDS_TO_HOLD // 60)
    do_what_is_due()
    assert len(done) == 1


def test_workers_that_ask_at_once_do_it_once(done: list[Days]) -> None:
    at_once(4, lambda _: do_what_is_due())
    assert len(done) == 1


def test_a_thing_that_fails_keeps_nothing_else_from_being_done(done: list[Days]) -> None:
    def fail(_: Days) -> None:
        raise Silent

    others, daily.dailies = daily.dailies, {}
    daily.daily("fail", at=time(0))(fail)
    daily.dailies.update(others)
    do_what_is_due()
    assert len(done) == 1


def test_reconciliation_and_the_sums_of_totals_are_daily() -> None:
    current_app.loader.import_default_modules()
    assert set(daily.dailies) == {"payments.reconcile", "readmodels.add_up"}


def test_to_ask_in_vain_is_two_statements(done: list[Days]) -> None:
    do_what_is_due()
    with CaptureQueriesContext(connection) as asked:
        do_what_is_due()
    assert len(asked) == 2
    assert len(done) == 1
