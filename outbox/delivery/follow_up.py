"""Follow-up: hand what a batch publishes to its subscribers in the same transaction.

A message whose subscriber stays inside the database need not wait for a commit, a claim and a
broker: its effect commits together with its cause, and no lane is left for it. That saves most of
the commits and writes of a saga; what it keeps of the rules:

* A subscriber that is still owed something of the conversation is passed over (order per key).
* Rows that several conversations share are locked late, and once in a transaction: always in one
  sorted pass, so that two transactions cannot wait for each other.
* A message that is scheduled has no place in its conversation yet, and is not handled.
* When anything fails, the batch is repeated without follow-up: the failing message then stands in
  a lane of its own, with attempts of its own.
* Only who takes part in a flow, by handling its commands, is handed anything. One of these that
  waits for locks in vain is blamed by name, and has turns of its own for a minute.
"""

import time
from collections.abc import Mapping, MutableSequence, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import OperationalError
from django.utils import timezone

from outbox.messages import Envelope
from outbox.publishing import Outgoing
from outbox.registry import Subscriber, lane_of, subscribers
from outbox.tracing import tracer

LaneKey = tuple[str, UUID]
"""A subscriber and a conversation: where order has to be kept."""

Published = tuple[Outgoing, Envelope[Any]]
"""A message that is about to be written, and the same as its subscribers are handed it."""

MOST_ROUNDS = 20
"""How far one transaction goes; what is left then is owed, as without follow-up."""


SECONDS_APART = 60.0
"""How long a subscriber that waited for locks in vain is not handed anything in this process."""

_WAITED_IN_VAIN = frozenset({"40P01", "55P03", "57014"})
"""A deadlock, a lock that is held, a statement that took too long."""

apart_until: dict[str, float] = {}
"""By subscriber, until when it is not handed anything, by ``time.monotonic``."""


class FollowUpFailed(Exception):
    """A subscriber failed in the transaction that published its message."""

    def __init__(self, subscriber: str) -> None:
        super().__init__(subscriber)
        self.subscriber = subscriber


class FollowUp:
    """The follow-up of one transaction."""

    def __init__(self, length: Mapping[UUID, int], waiting: set[LaneKey]) -> None:
        """Begin.

        :param length: the conversations that are locked, and how many messages each has.
        :param waiting: places where earlier messages have not been handled yet.
        """
        self.length = dict(length)
        self.locked = frozenset(length)
        self.waiting = set(waiting)
        self.sharing: dict[Subscriber, list[Published]] = {}
        self.is_sharing = False
        self.published: list[Published] = []
        self.now = timezone.now()

    def run(self, outgoing: MutableSequence[Outgoing]) -> None:
        """Handle what was published, and what that publishes (it is appended to ``outgoing``).

        :raises FollowUpFailed: a subscriber raised; the transaction has to be rolled back.
        """
        seen = self._follow(outgoing, 0)
        # In one order in all transactions: two subscribers cannot wait for each other's rows.
        for subscriber in sorted(self.sharing, key=attrgetter("name")):
            self._hand_on(subscriber, self.sharing[subscriber])
        # From here on shared rows are locked: they are not asked for again.
        self.is_sharing = True
        self._follow(outgoing, seen)

    def _follow(self, outgoing: MutableSequence[Outgoing], seen: int) -> int:
        """Hand on what stands behind the first ``seen`` messages; return how many were seen."""
        for _ in range(MOST_ROUNDS):
            batch, seen = outgoing[seen:], len(outgoing)
            now: dict[Subscriber, list[Published]] = {}
            for item in batch:
                if not item.due_at:
                    self._sort(item, now)
            for subscriber, published in now.items():
                self._hand_on(subscriber, published)
            if seen == len(outgoing):
                break
        return seen

    def _sort(self, item: Outgoing, now: dict[Subscriber, list[Published]]) -> None:
        published = item, self._envelope(item)
        self.published.append(published)
        for name in item.subscribers:
            subscriber = subscribers.get(name)
            if not isinstance(subscriber, Subscriber) or not self._may_follow(
                subscriber, item.conversation
            ):
                self.waiting.add((lane_of(name), item.conversation))
            elif subscriber.shares_rows:
                self.sharing.setdefault(subscriber, []).append(published)
            else:
                now.setdefault(subscriber, []).append(published)

    def _may_follow(self, subscriber: Subscriber, conversation: UUID) -> bool:
        return (
            bool(subscriber.follow_up)
            and not (subscriber.shares_rows and self.is_sharing)
            and conversation in self.locked
            and (subscriber.name, conversation) not in self.waiting
            and apart_until.get(subscriber.name, 0.0) < time.monotonic()
        )

    def _envelope(self, item: Outgoing) -> Envelope[Any]:
        self.length[item.conversation] = self.length.get(item.conversation, 0) + 1
        return Envelope(
            message=item.message,
            id=item.id,
            conversation=item.conversation,
            sequence=self.length[item.conversation],
            flow=item.flow,
            traceparent=item.traceparent,
            recorded_at=self.now,
            attempt=1,
            subscribers=item.subscribers,
        )

    def _hand_on(self, subscriber: Subscriber, published: Sequence[Published]) -> None:
        with tracer.delivering(subscriber.name, [each for _, each in published]) as traced:
            try:
                subscriber.receive(traced)
            except Exception as error:
                if _waited_in_vain(error):
                    apart_until[subscriber.name] = time.monotonic() + SECONDS_APART
                raise FollowUpFailed(subscriber.name) from error
        for item, _ in published:
            item.handled.add(subscriber.name)


def _waited_in_vain(error: Exception) -> bool:
    code = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, OperationalError) and code in _WAITED_IN_VAIN
