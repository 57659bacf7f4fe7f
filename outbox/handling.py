"""What is being handled right now: the causes of the messages that handlers publish."""

from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from outbox.envelope import Envelope

_causes: ContextVar[dict[UUID, Envelope[Any]] | None] = ContextVar("outbox_causes", default=None)


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
