"""Who hears what: the subscribers, by name, and the messages that each of them is owed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from outbox.envelope import Envelope
from outbox.messages import Contract
from outbox.retry import Retry


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An envelope whose handling has to be tried again later, and why.

    :ivar after: seconds to wait at least, where the other side has said so.
    :ivar tried: whether a try was made; one that was not made is not counted.
    """

    envelope: Envelope[Any]
    reason: str
    after: float = 0.0
    tried: bool = True


Receive = Callable[[Sequence[Envelope[Any]]], None]
Conclude = Callable[[Sequence[Envelope[Any]], Sequence[Any]], Sequence[Unfinished]]


@dataclass(slots=True)
class Subscriber:
    """Something that receives messages, in order per conversation.

    One that stays inside the database has ``receive``: it applies a batch in the caller's
    transaction. One that talks to the outside has ``call``, run for each message outside any
    transaction, side by side in threads, and ``conclude``, which commits the results (one per
    envelope, in the same order; an exception that ``call`` raised stands in place of its result)
    and says which envelopes have to be tried again.

    :ivar publishes: whether handling publishes messages; its conversations are locked if so.
    :ivar follow_up: whether it may be handed a message in the transaction that publishes it.
    :ivar shares_rows: whether it locks rows that other conversations lock too.
    """

    name: str
    receive: Receive | None = None
    call: Callable[[Envelope[Any]], Any] | None = None
    conclude: Conclude | None = None
    retry: Retry = field(default_factory=Retry)
    publishes: bool = True
    follow_up: bool = True
    shares_rows: bool = False
    hears: dict[type[Contract], frozenset[str] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name in subscribers:
            raise ValueError(f"two subscribers are called {self.name}: give one another name")
        if (self.receive is None) == (self.call is None or self.conclude is None):
            raise ValueError(f"{self.name}: give either receive, or call and conclude")
        self.follow_up = self.follow_up and self.receive is not None
        subscribers[self.name] = self

    def hear(self, contract: type[Contract], *, flows: Iterable[str] | None = None) -> None:
        """Subscribe to a type of message, in some flows or (``None``) in all."""
        if contract in self.hears:
            raise ValueError(f"{self.name} hears {contract.__name__} already")
        self.hears[contract] = None if flows is None else frozenset(flows)
        subscribers_of.cache_clear()


subscribers: dict[str, Subscriber] = {}
"""Every subscriber by its name."""


@cache
def subscribers_of(contract: type[Contract], flow: str) -> tuple[str, ...]:
    """Name the subscribers that a message of this type and flow is owed to."""
    return tuple(
        subscriber.name
        for subscriber in subscribers.values()
        if contract in subscriber.hears and _in_flow(flow, subscriber.hears[contract])
    )


def _in_flow(flow: str, flows: frozenset[str] | None) -> bool:
    return flows is None or flow in flows
