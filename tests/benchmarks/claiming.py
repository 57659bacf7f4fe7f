"""A process that drains a subscriber, as a worker does, and takes the time of every claim."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from outbox.delivery import claims
from outbox.delivery.batch import deliver_batch
from outbox.delivery.claims import Claimed
from outbox.registry import Receiver, subscribers
from outbox.tasks import plan_by_index


def prepare(name: str) -> Callable[[], list[float]]:
    """Return what drains a subscriber; it returns the seconds of each claim that brought work."""
    plan_by_index()

    def drain() -> list[float]:
        with _timed() as took:
            while name in deliver_batch(subscribers[name]).owed_to:
                continue
        return took

    return drain


@contextmanager
def _timed() -> Iterator[list[float]]:
    took: list[float] = []
    claim = claims.claim

    def timed(receiver: Receiver, most: int) -> Claimed:
        begun = time.monotonic()
        claimed = claim(receiver, most)
        if claimed.lanes:
            took.append(time.monotonic() - begun)
        return claimed

    claims.claim = timed
    try:
        yield took
    finally:
        claims.claim = claim
