"""A process that drains a subscriber by itself and takes the time of every claim."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from outbox import claims
from outbox.claims import Claim
from outbox.delivery.batch import deliver_batch
from outbox.registry import Subscriber, subscribers


def prepare(name: str) -> Callable[[], list[float]]:
    """Return what drains a subscriber; it returns the seconds of each claim that brought work."""

    def drain() -> list[float]:
        with _timed() as took:
            while deliver_batch(subscribers[name]):
                continue
        return took

    return drain


@contextmanager
def _timed() -> Iterator[list[float]]:
    took: list[float] = []
    claim = claims.claim

    def timed(subscriber: Subscriber, conversations: int) -> Claim:
        begun = time.monotonic()
        claimed = claim(subscriber, conversations)
        if claimed.owed:
            took.append(time.monotonic() - begun)
        return claimed

    claims.claim = timed
    try:
        yield took
    finally:
        claims.claim = claim
