"""Progress on standard error: a bar at a terminal, elsewhere a line from time to time."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")

SECONDS_BETWEEN_LINES = 15.0


def watched(items: Sequence[T], title: str) -> Iterable[T]:
    """Yield the items and show the progress."""
    with watching(len(items), title) as shown:
        for done, item in enumerate(items, start=1):
            yield item
            shown(done)


@contextmanager
def watching(total: int, title: str) -> Iterator[Callable[[int], None]]:
    """Yield a function to call with the number done so far, of ``total``."""
    if not sys.stderr.isatty():
        yield _Lines(total, title)
        return
    with tqdm(total=total, desc=title, disable=not total, leave=False) as bar:

        def shown(done: int) -> None:
            bar.update(done - bar.n)

        yield shown


class _Lines:
    """Writes a line of progress, but never two soon after each other."""

    def __init__(self, total: int, title: str) -> None:
        self.total, self.title = total, title
        self.written_at = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self.written_at >= SECONDS_BETWEEN_LINES and done < self.total:
            self.written_at = now
            sys.stderr.write(f"{self.title}: {done:,} of {self.total:,}\n")
