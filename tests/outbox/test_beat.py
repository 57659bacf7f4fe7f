"""Beat's ticks find work whose bell was lost (M4, M8)."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from celery import current_app
from django.conf import settings

from config.schedule import SCHEDULE
from outbox import tasks
from outbox.delivery.relay import drain
from outbox.doorbell import backlog, bell
from outbox.doorbell.beat import Every, Scheduler
from testkit.delivering import movable
from testkit.shop import Shop

HOUR = 3600


def test_without_a_single_bell_beat_brings_an_order_to_its_end(
    audited: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "ring", lambda _: None)

    def work(words: tuple[list[str]], **_: Any) -> None:
        drain(*words, seconds=5)

    monkeypatch.setattr(tasks.see_to, "apply_async", work)
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
    ("now", "turn", "left"),
    [(10.35, 10, 0.95), (11.2, 10, 0.1), (11.3, 11, 1.0), (11.5, 11, 0.8)],
    ids=["after its moment", "just before the next", "at its moment", "late"],
)
def test_a_tick_keeps_to_its_moment(now: float, turn: int, left: float) -> None:
    every = Every(1, after=0.3)
    assert (every.turn(now), round(every.seconds_left(now), 6)) == (turn, left)


class Beat:
    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.sent: Counter[str] = Counter()
        self.now = 1000.1

    def monotonic(self) -> float:
        return self.now

    def go_on(self, seconds: float) -> None:
        """Run beat for some seconds of its clock, sleeping as long as it asks to."""
        until = self.now + seconds
        pause = self.scheduler.tick()
        while self.now + pause < until:
            self.now += pause + 0.001  # a sleep never ends too early
            pause = self.scheduler.tick()
        self.now = until


@pytest.fixture
def beat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Beat]:
    """Return a beat with a broker that accepts everything and a clock that the test moves."""
    monkeypatch.setattr(backlog, "_waiting", lambda: 0)
    scheduler = Scheduler(current_app, lazy=True, schedule={})
    entries: dict[str, Any] = SCHEDULE
    scheduler.merge_inplace(entries)
    beat = Beat(scheduler)
    monkeypatch.setattr(
        scheduler, "apply_async", lambda entry, **_: beat.sent.update([str(entry.task)])
    )
    monkeypatch.setattr(Scheduler, "producer", None)
    with monkeypatch.context() as patched:
        patched.setattr("outbox.doorbell.beat.time", beat)
        beat.go_on(0)
        yield beat


def test_every_tick_is_sent_at_its_pace(beat: Beat) -> None:
    beat.go_on(60)
    assert beat.sent == {
        task: 60 / each.seconds for task, each in ticks().items() if each.seconds <= 60
    }


@pytest.mark.parametrize("minutes", [-4, 4, -600])
def test_beat_ticks_on_when_the_clock_is_set(
    beat: Beat, minutes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat.go_on(5)
    monkeypatch.setattr(Every, "now", lambda _: datetime.now(UTC) + timedelta(minutes=minutes))
    beat.go_on(5)
    assert beat.sent["outbox.relay"] == beat.sent["sagas.sweep"] == 10


def test_after_a_pause_of_its_process_beat_sends_each_tick_once(beat: Beat) -> None:
    beat.now += 3600
    beat.scheduler.tick()
    assert beat.sent == dict.fromkeys(ticks(), 1)
