"""A process that places orders at an even pace and hears when each read model row is final."""

import os
import pkgutil
import time
from collections.abc import Callable, Sequence
from threading import Event, Thread
from uuid import UUID

import psycopg

from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.workload import PlannedOrder

CHANNEL = "summary_final"
SECONDS_TO_SETTLE = 30.0


class Listener:
    """Notes when the database tells of a final row, on this process's clock."""

    def __init__(self) -> None:
        self.final: dict[UUID, float] = {}
        self.ended = Event()
        self.database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        self.database.execute(f"LISTEN {CHANNEL}")
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while not self.ended.is_set():
            for heard in self.database.notifies(timeout=1):
                self.final[UUID(heard.payload)] = time.monotonic()

    def wait_for(self, orders: Sequence[UUID]) -> None:
        """Return once all of these are final.

        :raises InvalidRun: they are not in time.
        """
        deadline = time.monotonic() + SECONDS_TO_SETTLE
        while missing := sum(order not in self.final for order in orders):
            if time.monotonic() > deadline:
                raise InvalidRun(f"{missing} orders are not confirmed after {SECONDS_TO_SETTLE} s")
            time.sleep(0.05)


def prepare(
    placer: str, warming_up: Sequence[PlannedOrder], orders: Sequence[PlannedOrder], rate: float
) -> Callable[[], list[float]]:
    """Place the first orders now; then return what measures the others, in seconds per order.

    :param placer: ``module:function``, which returns what places an order and names it.
    """
    place_one: Callable[[PlannedOrder], UUID] = pkgutil.resolve_name(placer)()
    listener = Listener()

    def place(planned: Sequence[PlannedOrder]) -> list[float]:
        committed: dict[UUID, float] = {}
        begun = time.monotonic()
        for number, order in enumerate(planned):
            time.sleep(max(begun + number / rate - time.monotonic(), 0))
            committed[place_one(order)] = time.monotonic()
        listener.wait_for(list(committed))
        return [listener.final[order] - moment for order, moment in committed.items()]

    def work() -> list[float]:
        try:
            return place(orders)
        finally:
            listener.ended.set()

    place(warming_up)
    return work
