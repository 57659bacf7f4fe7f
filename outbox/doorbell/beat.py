"""Celery beat with ticks at fixed moments, by a clock that cannot be set, and a limited queue."""

import time
from typing import Any

import structlog
from celery.beat import ScheduleEntry
from celery.beat import Scheduler as EveryTick
from celery.schedules import schedule

from outbox.doorbell.backlog import Backlog

log = structlog.get_logger()


class Every(schedule):
    """A tick every so many seconds, at moments that do not depend on when beat started.

    Ticks that fall together would occupy all processes of a small worker at once, and delay a
    message that is published just then.

    :param seconds: between two ticks.
    :param after: seconds by which the ticks follow the multiples of ``seconds``.
    """

    def __init__(self, seconds: float, *, after: float = 0.0, **options: Any) -> None:
        super().__init__(seconds, **options)
        self.after = after

    def turn(self, moment: float) -> int:
        """Return the number of the last tick before a moment."""
        return int((moment - self.after) // self.seconds)

    def seconds_left(self, moment: float) -> float:
        """Return the seconds from a moment to the next tick."""
        return (self.turn(moment) + 1) * self.seconds + self.after - moment


class Scheduler(EveryTick):
    """Sends what falls due, unless the queue is full.

    Celery's own scheduler goes by the time of day, so it stops for as long as that is set back.
    Entries here have an :class:`Every`, which goes by the monotonic clock.
    """

    def __init__(self, *words: Any, **options: Any) -> None:
        self.backlog = Backlog()
        self.turns: dict[str, int] = {}
        super().__init__(*words, **options)

    def tick(self, *_: Any, **__: Any) -> float:
        """Send each entry whose moment has passed, once; return the seconds until the next one."""
        now = time.monotonic()
        for name, entry in self.schedule.items():
            turn = _moments(entry).turn(now)
            if self.turns.setdefault(name, turn) != turn:
                self.turns[name] = turn
                self.apply_entry(entry, producer=self.producer)
        now = time.monotonic()
        return min(_moments(entry).seconds_left(now) for entry in self.schedule.values())

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send the tick. If the broker does not answer, Celery's sender reports it."""
        try:
            self.backlog.look()
        except Exception as error:  # noqa: BLE001 - beat goes on, whatever the broker's error
            log.debug("queue_not_counted", error=str(error))
        if not self.backlog.is_full:
            super().apply_entry(entry, producer=producer)


def _moments(entry: ScheduleEntry) -> Every:
    moments = entry.schedule
    if not isinstance(moments, Every):
        raise TypeError(f"{entry.name} has no moments: give it an Every (config/schedule.py)")
    return moments
