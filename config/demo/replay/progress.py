"""Progress bars on standard error, at a terminal only."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from tqdm import tqdm

T = TypeVar("T")


def watched(items: Sequence[T], title: str) -> Iterable[T]:
    """Pass on the items and show how far it has come."""
    return _bar(items, title)


@contextmanager
def watching(total: int, title: str) -> Iterator[Callable[[int], None]]:
    """Give a function that is told how many of ``total`` are done by now."""
    with _bar(range(total), title) as bar:

        def shown(done: int) -> None:
            bar.update(done - bar.n)

        yield shown


def _bar(items: Sequence[Any], title: str) -> "tqdm[Any]":
    return tqdm(items, desc=title, disable=None if items else True, leave=False)
