"""Who hears what: the subscribers, by name, and the messages that each of them is owed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from outbox.messages import Contract, Envelope
from outbox.retry import Failure, Retry


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An envelope whose handling has to be tried again later, and why.

    :ivar after: seconds to wait at least, where the other side has said so.
    :ivar tried: whether a try was made; one that was not made is not counted.
    :ivar error: the exception that the call raised, where that is why.
    """

    envelope: Envelope[Any]
    reason: str
    after: float = 0.0
    tried: bool = True
    error: Exception | None = None

    def failure(self) -> Failure:
        """Describe why the try has failed."""
        if self.error is not None:
            return Failure.of(self.error)
        return Failure(self.reason, after=self.after)


Receive = Callable[[Sequence[Envelope[Any]]], None]
Conclude = Callable[[Sequence[Envelope[Any]], Sequence[Any]], Sequence[Unfinished]]


def have_failed_ones_tried_again(
    envelopes: Sequence[Envelope[Any]], results: Sequence[Any]
) -> list[Unfinished]:
    """Conclude calls of which nothing is to be written down: done, or to be tried again."""
    pairs = zip(envelopes, results, strict=True)
    return [
        Unfinished(envelope, str(result), error=result)
        for envelope, result in pairs
        if isinstance(result, Exception)
    ]


@dataclass(slots=True)
class Subscriber:
    """Something that receives messages, in order per conversation.

    One that stays inside the database has ``receive``: it applies a batch in the caller's
    transaction. One that talks to the outside has ``call``, run for each message outside any
    transaction, side by side in threads, and ``conclude``, which commits the results (one per
    envelope, in the same order; an exception that ``call`` raised stands in place of its result)
    and says which envelopes have to be tried again: those whose call raised, if it is left out.

    :ivar publishes: whether handling publishes messages; its conversations are locked if so.
    :ivar follow_up: whether it may be handed a message in the transaction that publishes it.
    :ivar calls_at_once: threads in which the calls of one batch run side by side.
    :ivar shares_rows: whether it locks rows that other conversations lock too.
    :ivar group: the group that it shares lanes and transactions with, as long as all goes well.
    """

    name: str
    receive: Receive | None = None
    call: Callable[[Envelope[Any]], Any] | None = None
    conclude: Conclude | None = None
    retry: Retry = field(default_factory=Retry)
    publishes: bool = True
    follow_up: bool = True
    shares_rows: bool = False
    calls_at_once: int = 16
    group: str = ""
    hears: dict[type[Contract], frozenset[str] | None] = field(default_factory=dict)
    declared: dict[tuple[type[Contract], str | None], frozenset[type[Contract]]] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        if self.name in subscribers or self.name in groups:
            raise ValueError(f"two subscribers are called {self.name}: give one another name")
        if (self.receive is None) == (self.call is None):
            raise ValueError(f"{self.name}: give either receive, or call")
        if self.call is not None and self.conclude is None:
            self.conclude = have_failed_ones_tried_again
        self.follow_up = self.follow_up and self.receive is not None
        subscribers[self.name] = self
        if self.group:
            groups.setdefault(self.group, SubscriberGroup(self.group)).members[self.name] = self

    @property
    def lane(self) -> str:
        """The name under which its lanes are kept while nothing has failed."""
        return self.group or self.name

    @property
    def names(self) -> list[str]:
        """The subscribers whose messages its lanes carry: itself."""
        return [self.name]

    def take_in(self, envelopes: Sequence[Envelope[Any]]) -> None:
        """Apply messages in the caller's transaction.

        :raises TypeError: it calls outside, and has no part in a transaction.
        """
        if self.receive is None:
            raise TypeError(f"{self.name} calls outside: nothing can be handed to it here")
        self.receive(envelopes)

    def hear(
        self,
        contract: type[Contract],
        *,
        flows: Iterable[str] | None = None,
        publishes: Iterable[type[Contract]] = (),
    ) -> None:
        """Subscribe to a type of message, in some flows or (``None``) in all.

        :param publishes: what handling it may publish.
        """
        if contract in self.hears:
            raise ValueError(f"{self.name} hears {contract.__name__} already")
        self.hears[contract] = None if flows is None else frozenset(flows)
        self.declare(contract, publishes)
        subscribers_of.cache_clear()

    def declare(
        self,
        heard: type[Contract],
        publishes: Iterable[type[Contract]],
        *,
        flow: str | None = None,
    ) -> None:
        """Say what handling a message may publish, in one flow or (``None``) in all.

        Nothing depends on it but the map of messages; the tests compare it with what is published.
        """
        before = self.declared.get((heard, flow), frozenset())
        self.declared[heard, flow] = before | frozenset(publishes)

    def may_publish(self, heard: type[Contract], flow: str) -> frozenset[type[Contract]]:
        """Return what handling a message of this flow may publish."""
        none: frozenset[type[Contract]] = frozenset()
        return self.declared.get((heard, None), none) | self.declared.get((heard, flow), none)


@dataclass(slots=True)
class SubscriberGroup:
    """Subscribers inside one database that publish nothing and are handed their messages together.

    They share a lane per conversation, and a batch is one transaction for all of them. One that
    fails gets lanes of its own for what it has failed at, and holds up no other. When it has caught
    up there, the group may hand it a message that it has taken in already: a member has to know,
    by the sequence that it stores, and pass it over.

    :ivar follows: whether it may be handed messages in the transaction that publishes them.
    """

    name: str
    members: dict[str, Subscriber] = field(default_factory=dict)
    retry: Retry = field(default_factory=Retry)
    call: None = None
    publishes: bool = False
    shares_rows: bool = True
    follows: bool = True

    @property
    def names(self) -> list[str]:
        """The subscribers whose messages its lanes carry."""
        return list(self.members)


Receiver: TypeAlias = Subscriber | SubscriberGroup
"""Whoever lanes are kept for."""

subscribers: dict[str, Subscriber] = {}
"""Every subscriber by its name."""

groups: dict[str, SubscriberGroup] = {}
"""Every group by its name."""


def receiver_of(lane: str) -> Receiver | None:
    """Return whoever the lanes of this name are kept for; nobody, if this code has none."""
    return subscribers.get(lane) or groups.get(lane)


def leading() -> list[str]:
    """Name the subscribers that publish: with what they are owed a conversation goes on."""
    return [name for name, subscriber in subscribers.items() if subscriber.publishes]


def names_carried() -> dict[str, str]:
    """Return the lane of each subscriber's group, or its own, by its name."""
    return {name: subscriber.lane for name, subscriber in subscribers.items()}


def receivers(names: Iterable[str] | None = None) -> list[Receiver]:
    """Return those of these names, or all, in the order in which they were registered."""
    everyone: dict[str, Receiver] = {**subscribers, **groups}
    wanted = None if names is None else set(names)
    return [each for name, each in everyone.items() if wanted is None or name in wanted]


origins: dict[tuple[str, type[Contract]], frozenset[str] | None] = {}
"""What is published without anything being heard (by a request, or as time passes), by whom, and in
which flows; ``None`` for all."""


def originate(
    name: str, contracts: Iterable[type[Contract]], *, flows: Iterable[str] | None = None
) -> None:
    """Say that these messages may be published by somebody who has heard nothing before."""
    for contract in contracts:
        before = origins.get((name, contract), frozenset())
        if flows is None or before is None:
            origins[name, contract] = None
        else:
            origins[name, contract] = before | frozenset(flows)


@cache
def subscribers_of(contract: type[Contract], flow: str) -> tuple[str, ...]:
    """Name the subscribers that a message of this type and flow is owed to."""
    return tuple(
        subscriber.name
        for subscriber in subscribers.values()
        if contract in subscriber.hears and in_flow(flow, subscriber.hears[contract])
    )


def is_heard(contract: type[Contract]) -> bool:
    """Tell whether anyone hears a type of message, in whichever flow."""
    return any(contract in subscriber.hears for subscriber in subscribers.values())


def in_flow(flow: str, flows: frozenset[str] | None) -> bool:
    """Tell whether a flow is one of these, where ``None`` means all."""
    return flows is None or flow in flows
