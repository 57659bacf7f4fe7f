"""Which subscribers exist, and which messages each of them receives."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, TypeAlias

from outbox.declarations import declare, in_flow
from outbox.messages import Command, Contract, Envelope
from outbox.retry import Failure, Retry


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An envelope whose handling has to be tried again later, and why.

    :ivar after: seconds to wait at least, if the other side has said so.
    :ivar tried: whether an attempt was made; only attempts are counted.
    :ivar error: the exception that the call raised, if that is why.
    """

    envelope: Envelope[Any]
    reason: str
    after: float = 0.0
    tried: bool = True
    error: Exception | None = None

    def failure(self) -> Failure:
        """Describe why the attempt has failed."""
        if self.error is not None:
            return Failure.of(self.error)
        return Failure(self.reason, after=self.after)


Conclude = Callable[[Sequence[Envelope[Any]], Sequence[Any]], Sequence[Unfinished]]


def retry_failed_calls(
    envelopes: Sequence[Envelope[Any]], results: Sequence[Any]
) -> list[Unfinished]:
    """Conclude calls whose results are not stored: try those that raised again."""
    pairs = zip(envelopes, results, strict=True)
    return [
        Unfinished(envelope, str(result), error=result)
        for envelope, result in pairs
        if isinstance(result, Exception)
    ]


@dataclass(kw_only=True, eq=False)
class BaseSubscriber:
    """What both kinds of subscribers have. Each receives messages, in order per conversation.

    :ivar publishes: whether handling publishes messages; its conversations are locked if so.
    :ivar replayable: whether it may be handed events of the past, and any event twice.
    :ivar subscriptions: the flows in which it receives a type of message; ``None`` for all.
    """

    name: str = field(kw_only=False)
    retry: Retry = field(default_factory=Retry)
    publishes: bool = True
    replayable: bool = False
    subscriptions: dict[type[Contract], frozenset[str] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name in subscribers or self.name in groups:
            raise ValueError(f"two subscribers are called {self.name}: rename one")

    @property
    def lane(self) -> str:
        """The name of its lanes while nothing has failed."""
        return self.name

    @property
    def names(self) -> list[str]:
        """The subscribers whose messages its lanes carry."""
        return [self.name]

    def subscribe_to(
        self,
        contract: type[Contract],
        *,
        flows: Iterable[str] | None = None,
        publishes: Iterable[type[Contract]] = (),
    ) -> None:
        """Subscribe to a type of message, in some flows or (``None``) in all.

        :param publishes: what handling it may publish.
        """
        if contract in self.subscriptions:
            raise ValueError(f"{self.name} is subscribed to {contract.__name__} already")
        self.subscriptions[contract] = None if flows is None else frozenset(flows)
        declare(self.name, contract, publishes)
        subscribers_of.cache_clear()


@dataclass(kw_only=True, eq=False)
class Subscriber(BaseSubscriber):
    """Applies messages inside the database: a batch at a time, in the caller's transaction.

    :ivar follow_up: whether it may receive a message in the transaction that publishes it; ``None``
        until it is known to take part in flows, which it does once it handles a command. One that
        only listens to events has turns of its own, so that it cannot hold up the turn of a saga.
    :ivar shares_rows: whether it locks rows that other conversations lock too.
    :ivar group: the group with which it shares lanes and transactions while nothing fails.
    """

    receive: Callable[[Sequence[Envelope[Any]]], None]
    follow_up: bool | None = None
    shares_rows: bool = False
    group: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        subscribers[self.name] = self
        if self.group:
            groups.setdefault(self.group, SubscriberGroup(self.group)).members[self.name] = self

    def subscribe_to(
        self,
        contract: type[Contract],
        *,
        flows: Iterable[str] | None = None,
        publishes: Iterable[type[Contract]] = (),
    ) -> None:
        """Subscribe to a type of message; see :meth:`BaseSubscriber.subscribe_to`."""
        super().subscribe_to(contract, flows=flows, publishes=publishes)
        if self.follow_up is None and issubclass(contract, Command):
            self.follow_up = True

    @property
    def lane(self) -> str:
        """The name of its lanes while nothing has failed: the group's, if it is in one."""
        return self.group or self.name


@dataclass(kw_only=True, eq=False)
class OutsideSubscriber(BaseSubscriber):
    """Calls outside: once per message, in parallel threads, with no transaction open.

    :ivar paused: whether no call begins; what it is owed is kept.
    :ivar chooses: whether it may unsubscribe from a type of message at any time; it is then still
        handed what was published for it, and decides itself.
    :ivar conclude: commits the results of calls, one per envelope in the same order, and returns
        the envelopes to try again. An exception that ``call`` raised stands in place of its result.
    :ivar calls_at_once: threads in which calls run in parallel.
    """

    call: Callable[[Envelope[Any]], Any]
    conclude: Conclude = retry_failed_calls
    calls_at_once: int = 16
    paused: bool = False
    chooses: bool = False
    shares_rows: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        subscribers[self.name] = self


@dataclass(eq=False)
class SubscriberGroup:
    """Subscribers inside one database that publish nothing and receive their messages together.

    They share a lane per conversation, and a batch is one transaction for all of them. A member
    that fails gets lanes of its own there and delays no other. Once these are done, the group may
    hand it a message that it has already applied: a member has to store the sequence that it has
    reached, and skip what it has applied.

    :ivar follows: whether it may receive messages in the transaction that publishes them.
    """

    name: str
    members: dict[str, Subscriber] = field(default_factory=dict)
    retry: Retry = field(default_factory=Retry)
    publishes: bool = False
    shares_rows: bool = True
    follows: bool = True

    @property
    def names(self) -> list[str]:
        """The subscribers whose messages its lanes carry."""
        return list(self.members)


AnySubscriber: TypeAlias = Subscriber | OutsideSubscriber

Receiver: TypeAlias = AnySubscriber | SubscriberGroup
"""What has lanes."""

subscribers: dict[str, AnySubscriber] = {}
groups: dict[str, SubscriberGroup] = {}

renewals: list[Callable[[], None]] = []
"""Functions that register, change or remove subscribers which are rows of a table."""


def renew() -> None:
    """Let the subscribers that are rows be looked at again, if that was not done just now."""
    for each in renewals:
        each()


def known() -> list[AnySubscriber]:
    """Return the subscribers as they are now; another thread may change them meanwhile."""
    return list(subscribers.values())


def lane_of(name: str) -> str:
    """Return the name of a subscriber's lanes while nothing has failed."""
    subscriber = subscribers.get(name)
    return subscriber.lane if subscriber else name


def receiver_of(lane: str) -> Receiver | None:
    """Return what the lanes of this name belong to, if this code has it."""
    return subscribers.get(lane) or groups.get(lane)


def is_paused(receiver: Receiver) -> bool:
    """Tell whether nothing is handed to it for now."""
    return isinstance(receiver, OutsideSubscriber) and receiver.paused


def leading() -> list[str]:
    """Name the subscribers that publish: they move a conversation on."""
    return [subscriber.name for subscriber in known() if subscriber.publishes]


def receivers(names: Iterable[str] | None = None) -> list[Receiver]:
    """Return those of these names, or all, in the order in which they were registered."""
    everyone: list[Receiver] = [*known(), *groups.values()]
    wanted = None if names is None else set(names)
    return [each for each in everyone if wanted is None or each.name in wanted]


@cache
def subscribers_of(contract: type[Contract], flow: str) -> tuple[str, ...]:
    """Name the subscribers that receive a message of this type and flow."""
    return tuple(
        subscriber.name
        for subscriber in known()
        if contract in subscriber.subscriptions
        and in_flow(flow, subscriber.subscriptions[contract])
    )
