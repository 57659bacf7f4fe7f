"""Progress bars on standard error, at a terminal only."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from tqdm import tqdm

T = TypeVar("T")


def watched(items: Sequence[T], title: str) -> Iterable[T]:
    """Yield the items and show the progress."""
    return _bar(items, title)


@contextmanager
def watching(total: int, title: str) -> Iterator[Callable[[int], None]]:
    """Yield a function to call with the number done so far, of ``total``."""
    with _bar(range(total), title) as bar:

        def shown(done: int) -> None:
            bar.update(done - bar.n)

        yield shown


def _bar(items: Sequence[Any], title: str) -> "tqdm[Any]":
    return tqdm(items, desc=title, disable=None if items else True, leave=False)
