"""Kinds of faults: what each does to the site, for how long, and what it does it to."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.nemesis.site import Site

Act = Callable[[Site, Random], AbstractContextManager[None]]


@dataclass(frozen=True)
class FaultKind:
    """One kind of fault.

    :ivar seconds: the shortest and the longest time that it lasts.
    :ivar at: what it is done to; two faults at one thing would spoil each other.
    :ivar weight: how often it is drawn, beside others.
    :ivar possible: whether the machine can do it.
    """

    name: str
    act: Act
    seconds: tuple[float, float]
    at: str
    weight: int
    possible: Callable[[Site], bool]


FAULTS: Final[dict[str, FaultKind]] = {}


def fault(
    name: str,
    *,
    at: str,
    seconds: tuple[float, float] = (0, 0),
    weight: int = 4,
    possible: Callable[[Site], bool] = lambda _: True,
) -> Callable[[Callable[[Site, Random], Iterator[None]]], Act]:
    """Register a kind of fault: a generator that begins it, yields while it lasts, and ends it."""

    def register(act: Callable[[Site, Random], Iterator[None]]) -> Act:
        lasting = contextmanager(act)
        FAULTS[name] = FaultKind(name, lasting, seconds, at, weight, possible)
        return lasting

    return register
