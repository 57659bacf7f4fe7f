"""Let requests wait for a condition (``Prefer: wait=N``, RFC 7240), within limits.

A waiting request occupies a thread. So the time is limited, and so is the number of requests that
wait in a process; others are answered at once.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Final

from django.conf import settings

PREFER: Final = "Prefer"
APPLIED: Final = "Preference-Applied"

LONGEST_WAIT: Final = 20
"""Seconds; less than the usual timeouts of proxies and clients."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.01, 0.1

_WAIT = re.compile(r"""(?:^|[,;])\s*wait\s*=\s*"?(\d{1,4})"?\s*(?=$|[,;])""", re.IGNORECASE)

_seats = BoundedSemaphore(settings.WAITS_AT_ONCE)


def wanted(prefer: str) -> int:
    """Return the seconds that a ``Prefer`` header asks to wait, up to ``LONGEST_WAIT``."""
    asked = _WAIT.search(prefer)
    return min(int(asked[1]), LONGEST_WAIT) if asked else 0


@contextmanager
def seat() -> Iterator[bool]:
    """Reserve one of the process's waits for the block; yield whether one was free."""
    taken = _seats.acquire(blocking=False)
    try:
        yield taken
    finally:
        if taken:
            _seats.release()


def wait_until(is_so: Callable[[], bool], *, seconds: float) -> bool:
    """Poll until a condition holds, outside any transaction; return whether it does."""
    until, pause = time.monotonic() + seconds, SHORTEST_PAUSE
    while not is_so():
        left = until - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(2 * pause, LONGEST_PAUSE)
    return True
