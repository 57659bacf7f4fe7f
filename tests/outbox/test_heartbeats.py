"""Workers write heartbeats; a worker without one is forgotten."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from outbox.doorbell.heartbeats import SECONDS_TO_BE_MISSED, HeartbeatWriter, workers
from outbox.models import Heartbeat

pytestmark = pytest.mark.django_db


def names() -> list[str]:
    return [worker.name for worker in workers()]


def let_pass(seconds: float, worker: str) -> None:
    Heartbeat.objects.filter(worker=worker).update(
        beat_at=timezone.now() - timedelta(seconds=seconds)
    )


def test_a_busy_process_writes_every_few_seconds_only(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    heart = HeartbeatWriter()
    with django_assert_num_queries(1):
        for _ in range(100):
            heart.write("busy@here")


def test_a_worker_is_as_old_as_its_last_sign_by_the_databases_clock() -> None:
    HeartbeatWriter().write("one@here")
    let_pass(30, "one@here")
    (worker,) = workers()
    assert 20 < worker.silent_seconds < 40
    HeartbeatWriter().write("one@here")
    assert workers()[0].silent_seconds < 20


def test_who_is_missed_counts_no_longer_and_is_removed_by_another() -> None:
    HeartbeatWriter().write("gone@here")
    let_pass(SECONDS_TO_BE_MISSED + 1, "gone@here")
    assert names() == []
    HeartbeatWriter().write("other@here")
    assert list(Heartbeat.objects.values_list("worker", flat=True)) == ["other@here"]


def test_who_comes_back_after_a_long_pause_is_there_again() -> None:
    HeartbeatWriter().write("slow@here")
    let_pass(SECONDS_TO_BE_MISSED + 1, "slow@here")
    HeartbeatWriter().write("slow@here")
    assert names() == ["slow@here"]
