"""Beat is the safety net: what no bell announced is found by its ticks (M4, M8)."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from celery import current_app
from django.conf import settings

from config.beat import Scheduler
from config.schedule import Every
from outbox import bell, tasks
from outbox.delivery.relay import drain
from tests.shop import Shop, movable

HOUR = 3600


def test_without_a_single_bell_beat_brings_an_order_to_its_end(
    audited: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "ring", lambda _: None)

    def work(words: tuple[list[str]], **_: Any) -> None:
        drain(*words, seconds=5)

    monkeypatch.setattr(tasks.deliver, "apply_async", work)
    current_app.loader.import_default_modules()
    order = audited.order()
    for _ in range(3):
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            current_app.tasks[str(entry["task"])]()
    order.refresh_from_db()
    assert (order.status, movable()) == ("confirmed", [])


def ticks() -> dict[str, Every]:
    entries = settings.CELERY_BEAT_SCHEDULE.values()
    every = {str(entry["task"]): entry["schedule"] for entry in entries}
    return {task: moments for task, moments in every.items() if isinstance(moments, Every)}


def test_beat_looks_every_second() -> None:
    every_second = {task for task, moments in ticks().items() if moments.seconds == 1}
    assert every_second == {"outbox.relay", "sagas.sweep", "inventory.wake"}


def test_no_two_ticks_fall_due_at_once() -> None:
    moments = sorted(
        each.after + turn * each.seconds
        for each in ticks().values()
        for turn in range(int(HOUR / each.seconds))
    )
    assert len(moments) > 3 * HOUR
    assert min(later - earlier for earlier, later in pairwise(moments)) > 0.1


@pytest.mark.parametrize(
    ("last", "now", "due", "wait"),
    [
        (10.35, 11.0, False, 0.3),
        (10.35, 11.2, False, 0.1),
        (10.35, 11.3, True, 1.0),
        (10.35, 11.5, True, 0.8),
        (10.35, 19.5, True, 0.8),
        (10.35, 3.4, True, 0.9),
    ],
    ids=[
        "before its moment",
        "just before",
        "at its moment",
        "late, and the next one is not",
        "after a long time once",
        "after the clock was set back",
    ],
)
def test_a_tick_keeps_to_its_moment(last: float, now: float, *, due: bool, wait: float) -> None:
    every = Every(1, after=0.3, nowfun=lambda: datetime.fromtimestamp(now, UTC))
    answer = every.is_due(datetime.fromtimestamp(last, UTC))
    assert (answer.is_due, round(answer.next, 6)) == (due, wait)


def test_beat_sleeps_until_a_tick_is_due() -> None:
    assert Scheduler(current_app, lazy=True).adjust(0.004) == 0.004
