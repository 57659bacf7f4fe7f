"""The history of conversations, even where the log has been shortened.

Each context can tell the events of a conversation again from its own tables. The last of them
carries the sequence that the conversation has reached, so that whoever folds them stands where the
tables stand.

What led to what is told by the tables too, and not by the clocks of the processes that wrote them:
each context tells its events in their causal order, and says which events of others come before.
Times only decide between events of which neither led to the other.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from outbox import conversations as locks
from outbox.log import reading
from outbox.log.reading import FIRST, latest_conversations
from outbox.messages import Envelope, Event

__all__ = [
    "FIRST",
    "Told",
    "conversations_after",
    "finds",
    "history",
    "latest_conversations",
    "retell",
    "tells",
]


@dataclass(frozen=True, slots=True)
class Told:
    """An event as the tables of its context tell it, and when it happened.

    :ivar after: events of other contexts that had to happen before it, where they did.
    """

    event: Event
    conversation: UUID
    at: datetime
    after: frozenset[type[Event]] = frozenset()


Teller = Callable[[Collection[UUID]], Iterable[Told]]
Finder = Callable[[UUID, int], Collection[UUID]]

tellers: list[Teller] = []
"""The one that tells how conversations begin comes first."""
finders: list[Finder] = []
told_here: set[type[Event]] = set()
"""The events that some context tells again."""


class NobodyTells(Exception):
    """Events are asked for that no context tells again from its tables."""


def tells(*events: type[Event], begins: bool = False) -> Callable[[Teller], Teller]:
    """Register a function that tells these events again, each conversation's in causal order.

    :param begins: the first event that it tells comes before what all others tell.
    """

    def register(teller: Teller) -> Teller:
        tellers.insert(0 if begins else len(tellers), teller)
        told_here.update(events)
        return teller

    return register


def finds(finder: Finder) -> Finder:
    """Register a function that lists conversations by key, behind one of them, up to a number."""
    finders.append(finder)
    return finder


def conversations_after(conversation: UUID, limit: int) -> list[UUID]:
    """List the conversations that the log or a context knows, by key, behind one of them."""
    found = set(reading.conversations_after(conversation, limit))
    for finder in finders:
        found.update(finder(conversation, limit))
    return sorted(found)[:limit]


def history(
    conversations: Collection[UUID], contracts: Collection[type[Any]], *, locked: bool = True
) -> Iterator[Envelope[Any]]:
    """Yield the events of some types, each conversation's in its order.

    They come from the log, and where it has gaps from the contexts' tables.

    :param locked: see :func:`retell`.
    :raises NobodyTells: there are gaps, and an event that no context tells again.
    """
    complete = reading.complete(conversations)
    yield from reading.read(complete, contracts)
    if shortened := set(conversations) - complete:
        yield from retell(shortened, contracts, locked=locked)


@transaction.atomic
def retell(
    conversations: Collection[UUID], contracts: Collection[type[Any]], *, locked: bool = True
) -> list[Envelope[Any]]:
    """Tell the events of some types again from the contexts' tables, as they stand at one moment.

    :param locked: nobody acts on the conversations meanwhile; else the transaction is a snapshot,
        and nobody has to wait.
    :raises NobodyTells: one of these events is told by no context.
    """
    if untold := sorted(each.__name__ for each in set(contracts) - told_here):
        raise NobodyTells(f"no context tells {', '.join(untold)} again: do so in its retelling.py")
    reached = locks.lock(conversations) if locked else locks.reached(conversations)
    told: dict[UUID, list[deque[Told]]] = {}
    for number, teller in enumerate(tellers):
        for each in teller(conversations):
            threads = told.setdefault(each.conversation, [deque() for _ in tellers])
            threads[number].append(each)
    return [
        _envelope(each, reached.get(key, len(events)) - len(events) + place)
        for key, events in ((key, list(_causal(threads))) for key, threads in told.items())
        for place, each in enumerate(events, start=1)
        if type(each.event) in contracts
    ]


def _causal(threads: Sequence[deque[Told]]) -> Iterator[Told]:
    """Yield the events of a conversation: each thread in its order, and none before its causes."""
    if threads[0]:
        yield threads[0].popleft()
    while left := [thread for thread in threads if thread]:
        ready = [thread for thread in left if not _waits(thread, left)]
        yield min(ready or left, key=_moment).popleft()


def _waits(thread: deque[Told], left: Sequence[deque[Told]]) -> bool:
    """Tell whether what comes next in a thread comes after what is still to come in others."""
    after = thread[0].after
    return bool(after) and any(
        type(each.event) in after for other in left if other is not thread for each in other
    )


def _moment(thread: deque[Told]) -> datetime:
    return thread[0].at


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
