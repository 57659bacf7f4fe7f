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
"""

from collections.abc import Mapping, MutableSequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from outbox import tracing
from outbox.envelope import Envelope
from outbox.publishing import Outgoing
from outbox.registry import Subscriber, subscribers

Place = tuple[str, UUID]
"""A subscriber and a conversation: where order has to be kept."""

MOST_ROUNDS = 20
"""How far one transaction goes; what is left then is owed, as without follow-up."""


class FollowUp:
    """The follow-up of one transaction."""

    def __init__(self, length: Mapping[UUID, int], waiting: set[Place]) -> None:
        """Begin.

        :param length: the conversations that are locked, and how many messages each has.
        :param waiting: places where earlier messages have not been handled yet.
        """
        self.locked = frozenset(length)
        self.length = dict(length)
        self.waiting = set(waiting)
        self.handled: set[tuple[UUID, str]] = set()
        self.sharing: dict[str, list[Envelope[Any]]] = {}
        self.is_sharing = False
        self.envelopes: list[Envelope[Any]] = []

    def run(self, outgoing: MutableSequence[Outgoing]) -> set[tuple[UUID, str]]:
        """Handle what was published, and what that publishes (it is appended to ``outgoing``).

        :returns: message and subscriber of what was handled.
        """
        seen = self._follow(outgoing, 0)
        for name, envelopes in self.sharing.items():
            self._hand_on(name, envelopes)
        # From here on shared rows are locked: they are not asked for again.
        self.is_sharing = True
        self._follow(outgoing, seen)
        return self.handled

    def _follow(self, outgoing: MutableSequence[Outgoing], seen: int) -> int:
        """Hand on what stands behind the first ``seen`` messages; return how many were seen."""
        for _ in range(MOST_ROUNDS):
            batch, seen = outgoing[seen:], len(outgoing)
            now: dict[str, list[Envelope[Any]]] = {}
            for item in batch:
                if not item.due_at:
                    self._sort(item, now)
            for name, envelopes in now.items():
                self._hand_on(name, envelopes)
            if seen == len(outgoing):
                break
        return seen

    def _sort(self, item: Outgoing, now: dict[str, list[Envelope[Any]]]) -> None:
        envelope = self._envelope(item)
        self.envelopes.append(envelope)
        for name in item.subscribers:
            subscriber = subscribers[name]
            if not self._may_follow(subscriber, item.conversation):
                self.waiting.add((subscriber.lane, item.conversation))
            elif subscriber.shares_rows:
                self.sharing.setdefault(name, []).append(envelope)
            else:
                now.setdefault(name, []).append(envelope)

    def _may_follow(self, subscriber: Subscriber, conversation: UUID) -> bool:
        return (
            subscriber.follow_up
            and not (subscriber.shares_rows and self.is_sharing)
            and conversation in self.locked
            and (subscriber.name, conversation) not in self.waiting
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
            recorded_at=timezone.now(),
            attempt=1,
            subscribers=item.subscribers,
        )

    def _hand_on(self, name: str, envelopes: list[Envelope[Any]]) -> None:
        with tracing.delivering(name, envelopes) as traced:
            subscribers[name].take_in(traced)
        self.handled.update((envelope.id, name) for envelope in envelopes)
