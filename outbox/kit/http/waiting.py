"""Requests that wait for something to become so: bounded in time, and in the threads they take.

A thread that waits serves nobody else. So a request may ask to wait (``Prefer: wait=N``, RFC 7240),
for so long at most, and only while a seat is free in its process; else it is answered at once.
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
"""Seconds; less than what proxies and clients usually give an answer."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.01, 0.1

_WAIT = re.compile(r"""(?:^|[,;])\s*wait\s*=\s*"?(\d{1,4})"?\s*(?=$|[,;])""", re.IGNORECASE)

_seats = BoundedSemaphore(settings.WAITS_AT_ONCE)


def wanted(prefer: str) -> int:
    """Return for how many seconds a ``Prefer`` header asks to wait, within what is allowed."""
    asked = _WAIT.search(prefer)
    return min(int(asked[1]), LONGEST_WAIT) if asked else 0


@contextmanager
def seat() -> Iterator[bool]:
    """Take a seat for the block, and say whether there was one."""
    taken = _seats.acquire(blocking=False)
    try:
        yield taken
    finally:
        if taken:
            _seats.release()


def wait_until(is_so: Callable[[], bool], *, seconds: float) -> bool:
    """Ask until it is so, in growing pauses, and say whether it is; no transaction may be open."""
    until, pause = time.monotonic() + seconds, SHORTEST_PAUSE
    while not is_so():
        left = until - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(2 * pause, LONGEST_PAUSE)
    return True
