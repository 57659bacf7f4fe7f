"""What is being handled now: the causes of what handlers publish, and rows that a turn caches."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar
from uuid import UUID

from outbox.messages import Envelope

T = TypeVar("T")

_causes: ContextVar[dict[UUID, Envelope[Any]] | None] = ContextVar("outbox_causes", default=None)
_kept: "ContextVar[Kept | None]" = ContextVar("outbox_kept", default=None)


def cause_of(conversation: UUID) -> Envelope[Any] | None:
    """Return the envelope of this conversation that is being handled, if any."""
    causes = _causes.get()
    return causes.get(conversation) if causes else None


def rounds(envelopes: Sequence[Envelope[Any]]) -> Iterator[list[Envelope[Any]]]:
    """Yield the first message of each conversation, then the second, and so on.

    Until the next round, its envelopes are the causes of what is published in their conversations.
    """
    waiting: dict[UUID, list[Envelope[Any]]] = {}
    for envelope in sorted(envelopes, key=lambda e: e.sequence):
        waiting.setdefault(envelope.conversation, []).append(envelope)
    depth = 0
    try:
        while batch := [queue[depth] for queue in waiting.values() if depth < len(queue)]:
            _causes.set({envelope.conversation: envelope for envelope in batch})
            yield batch
            depth += 1
    finally:
        _causes.set(None)


class Kept:
    """What subscribers cache during a turn, by kind."""

    def __init__(self) -> None:
        self._values: dict[Any, tuple[Any, Callable[[Any], None]]] = {}

    def of(self, make: Callable[[], T], save: Callable[[T], None]) -> T:
        """Return the cache of a kind, made on first use."""
        if make not in self._values:
            self._values[make] = make(), save
        value: T = self._values[make][0]
        return value

    def save(self) -> None:
        """Write everything."""
        for value, save in self._values.values():
            save(value)


@contextmanager
def turn() -> Iterator[Kept]:
    """Let subscribers cache rows during a turn; the caller saves them before it ends."""
    kept = Kept()
    token = _kept.set(kept)
    try:
        yield kept
    finally:
        _kept.reset(token)


@contextmanager
def kept_for_the_turn(make: Callable[[], T], save: Callable[[T], None]) -> Iterator[T]:
    """Yield the turn's cache of this kind; without a turn it is saved when the block ends.

    Cache only rows of conversations that the caller has locked: no one else changes them.
    """
    kept = _kept.get()
    if kept is None:
        value = make()
        yield value
        save(value)
    else:
        yield kept.of(make, save)
