"""Beat, without the ticks that nobody would hear."""

from typing import Any

import structlog
from celery.beat import ScheduleEntry
from celery.beat import Scheduler as EveryTick

from outbox.crowd import Crowd

log = structlog.get_logger()


class Scheduler(EveryTick):
    """Leaves a tick out while the workers have more than enough of them before them."""

    def __init__(self, *words: Any, **options: Any) -> None:
        self.crowd = Crowd()
        super().__init__(*words, **options)

    def adjust(self, n: float, drift: float = 0.0) -> float:
        """Sleep until a tick is due; Celery wakes 10 ms before it and keeps a processor busy."""
        return n + drift

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send the tick; a broker that does not answer is the sender's to report."""
        try:
            self.crowd.look()
        except Exception as error:  # noqa: BLE001 - whatever ails the broker, beat goes on
            log.debug("queue_not_counted", error=str(error))
        if not self.crowd.is_there:
            super().apply_entry(entry, producer=producer)
