"""Beat by a clock that nobody sets, and without the ticks that nobody would hear."""

import time
from typing import Any

import structlog
from celery.beat import ScheduleEntry
from celery.beat import Scheduler as EveryTick

from outbox.doorbell.backlog import Crowd
from outbox.doorbell.moments import Every

log = structlog.get_logger()


class Scheduler(EveryTick):
    """Sends what falls due; leaves it out while the workers have more than enough before them.

    Celery's own keeps its entries by the time of day, and stands still for as long as that is set
    back. An entry here knows its moments itself (:class:`~outbox.doorbell.moments.Every`).
    """

    def __init__(self, *words: Any, **options: Any) -> None:
        self.crowd = Crowd()
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
        """Send the tick; a broker that does not answer is the sender's to report."""
        try:
            self.crowd.look()
        except Exception as error:  # noqa: BLE001 - whatever ails the broker, beat goes on
            log.debug("queue_not_counted", error=str(error))
        if not self.crowd.is_there:
            super().apply_entry(entry, producer=producer)


def _moments(entry: ScheduleEntry) -> Every:
    moments = entry.schedule
    if not isinstance(moments, Every):
        raise TypeError(f"{entry.name} has no moments: give it an Every (config/schedule.py)")
    return moments
