"""Read the events of conversations, even if retention has removed them from the log.

Each context can reconstruct its events from its own tables. The last one carries the sequence that
the conversation has reached, so that a projection of them is as current as the tables.

Their order is causal and does not depend on the clocks of processes: each context yields its events
in causal order and names the events of other contexts that came before. Times only order events of
which neither caused the other.
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
from outbox.log.reading import FIRST, handled, latest_conversations
from outbox.messages import Envelope, Event

__all__ = [
    "FIRST",
    "PastEvent",
    "conversations_after",
    "handled",
    "history",
    "latest_conversations",
    "reconstruct",
]


@dataclass(frozen=True, slots=True)
class PastEvent:
    """An event as reconstructed from its context's tables, and when it happened.

    :ivar after: types of events of other contexts that come before it, if they happened.
    """

    event: Event
    conversation: UUID
    at: datetime
    after: frozenset[type[Event]] = frozenset()


Reconstruct = Callable[[Collection[UUID]], Iterable[PastEvent]]
Finder = Callable[[UUID, int], Collection[UUID]]

reconstructors: list[Reconstruct] = []
"""The one whose events begin conversations comes first."""
finders: list[Finder] = []
reconstructed: set[type[Event]] = set()
"""The events that some context can reconstruct."""


class CannotReconstruct(Exception):
    """No context reconstructs an event that is needed."""


def reconstructs(
    *events: type[Event], begins: bool = False
) -> Callable[[Reconstruct], Reconstruct]:
    """Register a function that reconstructs these events, in causal order per conversation.

    :param begins: its first event of a conversation comes before those of all other functions.
    """

    def register(function: Reconstruct) -> Reconstruct:
        reconstructors.insert(0 if begins else len(reconstructors), function)
        reconstructed.update(events)
        return function

    return register


def lists_conversations(finder: Finder) -> Finder:
    """Register a function that lists conversations after a given one, by key, up to a number."""
    finders.append(finder)
    return finder


def conversations_after(conversation: UUID, limit: int) -> list[UUID]:
    """List the conversations after a given one that the log or a context knows, by key."""
    found = set(reading.conversations_after(conversation, limit))
    for finder in finders:
        found.update(finder(conversation, limit))
    return sorted(found)[:limit]


def history(
    conversations: Collection[UUID], contracts: Collection[type[Any]], *, locked: bool = True
) -> Iterator[Envelope[Any]]:
    """Yield the events of some types, in order per conversation.

    They come from the log, or from the contexts' tables if the log has gaps.

    :param locked: see :func:`reconstruct`.
    :raises CannotReconstruct: there are gaps, and no context reconstructs one of these types.
    """
    complete = reading.complete(conversations)
    yield from reading.read(complete, contracts)
    if shortened := set(conversations) - complete:
        yield from reconstruct(shortened, contracts, locked=locked)


@transaction.atomic
def reconstruct(
    conversations: Collection[UUID], contracts: Collection[type[Any]], *, locked: bool = True
) -> list[Envelope[Any]]:
    """Reconstruct the events of some types from one state of the contexts' tables.

    :param locked: lock the conversations; otherwise the caller's transaction is a snapshot.
    :raises CannotReconstruct: no context reconstructs one of these types.
    """
    if missing := sorted(each.__name__ for each in set(contracts) - reconstructed):
        raise CannotReconstruct(
            f"no context reconstructs {', '.join(missing)}: do so in its history.py"
        )
    reached = locks.lock(conversations) if locked else locks.reached(conversations)
    found: dict[UUID, list[deque[PastEvent]]] = {}
    for number, function in enumerate(reconstructors):
        for each in function(conversations):
            threads = found.setdefault(each.conversation, [deque() for _ in reconstructors])
            threads[number].append(each)
    return [
        _envelope(each, reached.get(key, len(events)) - len(events) + number)
        for key, events in ((key, list(_causal(threads))) for key, threads in found.items())
        for number, each in enumerate(events, start=1)
        if type(each.event) in contracts
    ]


def _causal(threads: Sequence[deque[PastEvent]]) -> Iterator[PastEvent]:
    """Merge the contexts' events of a conversation: none comes before its causes."""
    if threads[0]:
        yield threads[0].popleft()
    while left := [thread for thread in threads if thread]:
        ready = [thread for thread in left if not _waits(thread, left)]
        yield min(ready or left, key=_moment).popleft()


def _waits(thread: deque[PastEvent], left: Sequence[deque[PastEvent]]) -> bool:
    """Tell whether a thread's next event comes after one that other threads have yet to yield."""
    after = thread[0].after
    return bool(after) and any(
        type(each.event) in after for other in left if other is not thread for each in other
    )


def _moment(thread: deque[PastEvent]) -> datetime:
    return thread[0].at


def _envelope(past: PastEvent, sequence: int) -> Envelope[Any]:
    return Envelope(
        message=past.event,
        id=past.conversation,
        conversation=past.conversation,
        sequence=max(sequence, 1),
        flow="",
        traceparent="",
        recorded_at=past.at,
        attempt=1,
    )
