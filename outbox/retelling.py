"""The history of conversations, even where the log has been shortened.

Each context can tell the events of a conversation again from its own tables. The last of them
carries the sequence that the conversation has reached, so that whoever folds them stands where the
tables stand.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from outbox import conversations as rows
from outbox import log
from outbox.envelope import Envelope
from outbox.messages import Event


@dataclass(frozen=True, slots=True)
class Told:
    """An event as the tables of its context tell it, and when it happened."""

    event: Event
    conversation: UUID
    at: datetime


Teller = Callable[[Collection[UUID]], Iterable[Told]]
Finder = Callable[[UUID, int], Collection[UUID]]

tellers: list[Teller] = []
finders: list[Finder] = []


def tells(teller: Teller) -> Teller:
    """Register a function that tells the events of conversations again, each in their order."""
    tellers.append(teller)
    return teller


def finds(finder: Finder) -> Finder:
    """Register a function that lists conversations by key, behind one of them, up to a number."""
    finders.append(finder)
    return finder


def conversations_after(conversation: UUID, limit: int) -> list[UUID]:
    """List the conversations that the log or a context knows, by key, behind one of them."""
    found = set(log.conversations_after(conversation, limit))
    for finder in finders:
        found.update(finder(conversation, limit))
    return sorted(found)[:limit]


def history(
    conversations: Collection[UUID], contracts: Collection[type[Any]]
) -> Iterator[Envelope[Any]]:
    """Yield the events of some types, each conversation's in its order.

    They come from the log, and where it has gaps from the contexts' tables.
    """
    complete = log.complete(conversations)
    yield from log.read(complete, contracts)
    if shortened := set(conversations) - complete:
        yield from (
            envelope for envelope in retell(shortened) if type(envelope.message) in contracts
        )


@transaction.atomic
def retell(conversations: Collection[UUID]) -> list[Envelope[Any]]:
    """Tell conversations again from the contexts' tables.

    Nobody acts on them meanwhile, so what is told is what stood at one moment.
    """
    reached = rows.lock(conversations)
    told: dict[UUID, list[Told]] = {}
    for each in sorted((e for teller in tellers for e in teller(conversations)), key=_moment):
        told.setdefault(each.conversation, []).append(each)
    return [
        _envelope(each, reached.get(key, len(events)) - len(events) + place)
        for key, events in told.items()
        for place, each in enumerate(events, start=1)
    ]


def _moment(told: Told) -> datetime:
    return told.at


def _envelope(told: Told, sequence: int) -> Envelope[Any]:
    return Envelope(
        message=told.event,
        id=told.conversation,
        conversation=told.conversation,
        sequence=max(sequence, 1),
        flow="",
        traceparent="",
        recorded_at=told.at,
        attempt=1,
    )
