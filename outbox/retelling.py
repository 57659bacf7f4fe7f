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

from outbox import conversations as locks
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
told_here: set[type[Event]] = set()
"""The events that some context tells again."""


class NobodyTells(Exception):
    """Events are asked for that no context tells again from its tables."""


def tells(*events: type[Event]) -> Callable[[Teller], Teller]:
    """Register a function that tells these events of conversations again, each in their order."""

    def register(teller: Teller) -> Teller:
        tellers.append(teller)
        told_here.update(events)
        return teller

    return register


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

    :raises NobodyTells: there are gaps, and an event that no context tells again.
    """
    complete = log.complete(conversations)
    yield from log.read(complete, contracts)
    if shortened := set(conversations) - complete:
        yield from retell(shortened, contracts)


@transaction.atomic
def retell(
    conversations: Collection[UUID], contracts: Collection[type[Any]]
) -> list[Envelope[Any]]:
    """Tell the events of some types again from the contexts' tables.

    Nobody acts on the conversations meanwhile, so what is told is what stood at one moment.

    :raises NobodyTells: one of these events is told by no context.
    """
    if untold := sorted(each.__name__ for each in set(contracts) - told_here):
        raise NobodyTells(f"no context tells {', '.join(untold)} again: do so in its retelling.py")
    reached = locks.lock(conversations)
    told: dict[UUID, list[Told]] = {}
    for each in sorted((e for teller in tellers for e in teller(conversations)), key=_moment):
        told.setdefault(each.conversation, []).append(each)
    return [
        _envelope(each, reached.get(key, len(events)) - len(events) + place)
        for key, events in told.items()
        for place, each in enumerate(events, start=1)
        if type(each.event) in contracts
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
