"""What is being handled right now: the causes of what handlers publish, and what a turn keeps."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar
from uuid import UUID

from outbox.envelope import Envelope

T = TypeVar("T")

_causes: ContextVar[dict[UUID, Envelope[Any]] | None] = ContextVar("outbox_causes", default=None)
_kept: ContextVar[dict[Any, tuple[Any, Callable[[Any], None]]] | None] = ContextVar(
    "outbox_kept", default=None
)


def cause_of(conversation: UUID) -> Envelope[Any] | None:
    """Return the envelope of this conversation that is being handled, if any is."""
    causes = _causes.get()
    return causes.get(conversation) if causes else None


def rounds(envelopes: Sequence[Envelope[Any]]) -> Iterator[list[Envelope[Any]]]:
    """Yield the first message of each conversation, then the second, and so forth.

    While a round is out, its envelopes are the causes of what is published in their conversations.
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


@contextmanager
def turn() -> Iterator[None]:
    """Let subscribers keep rows in memory while they are handed one message after the other.

    What they keep is saved when the block ends without an error.
    """
    kept: dict[Any, tuple[Any, Callable[[Any], None]]] = {}
    token = _kept.set(kept)
    try:
        yield
        for value, save in kept.values():
            save(value)
    finally:
        _kept.reset(token)


@contextmanager
def kept_for_the_turn(make: Callable[[], T], save: Callable[[T], None]) -> Iterator[T]:
    """Yield what the turn keeps of this kind; without a turn it is saved when the block ends.

    Only rows of conversations that the caller has locked may be kept: nobody else changes these.
    """
    kept = _kept.get()
    if kept is None:
        value = make()
        yield value
        save(value)
    else:
        if make not in kept:
            kept[make] = make(), save
        yield kept[make][0]
