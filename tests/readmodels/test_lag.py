"""The lag of a read model is in each answer, among the figures, and alerted."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from pytest_django import DjangoAssertNumQueries, Settings

from outbox.delivery.claims import claim
from outbox.lag import lag
from outbox.models import Lane, Message
from outbox.registry import groups
from readmodels import lag as lateness
from readmodels.lag import lag_of, watch
from readmodels.metrics import figures
from readmodels.projection import GROUP
from readmodels.projections.orders import order_summary
from testkit.delivering import settle, settle_all_but
from testkit.lanes import stop_member
from testkit.shop import Shop


@pytest.fixture(autouse=True)
def _nothing_known_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lateness, "_read", (0.0, {}))


def age(seconds: float, **which: Any) -> None:
    """Make messages older, and with them what is due."""
    by = timedelta(seconds=seconds)
    Message.objects.filter(**which).update(recorded_at=F("recorded_at") - by)
    Lane.objects.filter(**which).update(since=F("since") - by, due_at=F("due_at") - by)


def behind() -> float:
    return lag(["order_summary"])["order_summary"].seconds


def alerts() -> list[str]:
    told = Message.objects.filter(type="AlertOperators").order_by("recorded_at")
    return [each.payload["subject"] for each in told]


def test_a_read_model_that_is_owed_nothing_is_not_behind(shop: Shop) -> None:
    shop.order()
    settle()
    assert behind() == 0


def test_lag_is_the_age_of_the_oldest_message_not_taken_in(shop: Shop) -> None:
    settle()
    late = shop.order()
    age(90)
    shop.order()
    found = lag(["order_summary"])["order_summary"]
    assert 90 <= found.seconds < 100
    assert found.conversation == late.id


def test_a_message_that_failed_and_waits_for_its_next_try_counts(shop: Shop) -> None:
    shop.order()
    age(90)
    Lane.objects.update(due_at=F("due_at") + timedelta(hours=1), attempts=1)
    shop.order()
    assert 90 <= behind() < 100


def test_what_a_worker_is_at_counts_until_it_is_done(shop: Shop) -> None:
    shop.order()
    age(90)
    claim(groups[GROUP], 10)
    assert 90 <= behind() < 100


def test_a_dead_letter_is_no_lag(shop: Shop) -> None:
    shop.order()
    age(90)
    stop_member(GROUP, "order_summary")
    assert behind() == 0


def test_requests_share_what_was_read_a_moment_ago(
    shop: Shop,
    django_assert_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lateness, "SECONDS_KNOWN", 60)
    shop.order()
    with django_assert_num_queries(1):
        known = {lag_of(order_summary) for _ in range(10)}
    assert len(known) == 1
    assert known != {0.0}


def test_lag_is_among_the_figures(shop: Shop) -> None:
    shop.order()
    age(90)
    found = next(each for each in figures() if each.name == "readmodels_lag_seconds")
    assert found.values["order_summary",] >= 90


def test_operators_are_told_once_and_again_only_after_it_has_caught_up(
    shop: Shop, settings: Settings
) -> None:
    settings.READMODEL_LAG_ALERT_SECONDS = 60
    settle()
    late = shop.order()
    watch()
    assert alerts() == []
    age(90)
    watch()
    watch()
    (told,) = alerts()
    assert told.startswith("Read models are 9")
    assert "order_summary" in told
    assert Message.objects.get(type="AlertOperators").correlation_id == late.id

    settle_all_but("alerts")
    watch()
    shop.order()
    age(90)
    watch()
    assert len(alerts()) == 2


def test_an_alarm_stands_until_the_lag_is_half_of_what_raised_it(
    shop: Shop, settings: Settings
) -> None:
    settings.READMODEL_LAG_ALERT_SECONDS = 60
    shop.order()
    for seconds in (70, -25, 25):
        age(seconds)
        watch()
    assert len(alerts()) == 1
