"""Decorators that wire functions to messages, for ``handlers.py`` and ``choreography.py``."""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, TypeVar

from outbox.declarations import originate
from outbox.handling import rounds
from outbox.messages import Contract, Envelope
from outbox.registry import Subscriber

M = TypeVar("M", bound=Contract)
F = TypeVar("F", bound=Callable[..., Any])


class HandlerTable:
    """The handlers of one subscriber, by message type."""

    def __init__(self, name: str) -> None:
        self.handler_of: dict[type[Contract], Callable[[Sequence[Any]], None]] = {}
        self.lock_shared: Callable[[Sequence[Any]], None] | None = None
        self.subscriber = Subscriber(name, receive=self.receive, publishes=False)

    def add(
        self,
        contract: type[Contract],
        handler: Callable[[Sequence[Any]], None],
        *,
        flow: str | None,
        publishes: Iterable[type[Contract]],
    ) -> None:
        """Add the handler of a type of message."""
        flows, publishes = None if flow is None else [flow], tuple(publishes)
        self.subscriber.subscribe_to(contract, flows=flows, publishes=publishes)
        self.subscriber.publishes |= bool(publishes)
        self.handler_of[contract] = handler

    def receive(self, envelopes: Sequence[Envelope[Any]]) -> None:
        """Call each handler with all messages of its type in a round.

        A handler locks shared rows in order, but several in turn do not. So if there are several
        types, ``lock_shared`` locks the rows of all of them first.
        """
        if self.lock_shared and len({type(envelope.message) for envelope in envelopes}) > 1:
            self.lock_shared([envelope.message for envelope in envelopes])
        for envelopes_of_round in rounds(envelopes):
            by_type: dict[type[Contract], list[Contract]] = {}
            for envelope in envelopes_of_round:
                by_type.setdefault(type(envelope.message), []).append(envelope.message)
            for contract, messages in by_type.items():
                self.handler_of[contract](messages)


tables: dict[str, HandlerTable] = {}


def _table_of(function: Callable[..., None], subscriber: str | None) -> HandlerTable:
    name = subscriber or function.__module__.partition(".")[0]
    if name not in tables:
        tables[name] = HandlerTable(name)
    return tables[name]


def on_batch(  # noqa: PLR0913 - what a function is wired to, and how
    contract: type[M],
    *,
    publishes: Iterable[type[Contract]] = (),
    flow: str | None = None,
    subscriber: str | None = None,
    shares_rows: bool = False,
    replayable: bool = False,
) -> Callable[[Callable[[Sequence[M]], None]], Callable[[Sequence[M]], None]]:
    """Wire a function to the messages of a type in a batch, at most one per conversation.

    :param publishes: what the function may publish.
    :param flow: receive only messages of this flow.
    :param subscriber: the subscriber's name; by default the function's context.
    :param shares_rows: it locks rows that other conversations lock too, such as stock.
    :param replayable: its subscriber may be handed events of the past, and any event twice.
    """

    def wire(function: Callable[[Sequence[M]], None]) -> Callable[[Sequence[M]], None]:
        table = _table_of(function, subscriber)
        table.add(contract, function, flow=flow, publishes=publishes)
        table.subscriber.shares_rows |= shares_rows
        table.subscriber.replayable |= replayable
        return function

    return wire


def locks_shared(function: Callable[[Sequence[Any]], None]) -> Callable[[Sequence[Any]], None]:
    """Wire the function that locks the shared rows of a batch with several types of messages."""
    _table_of(function, None).lock_shared = function
    return function


def on(  # noqa: PLR0913 - as above
    contract: type[M],
    *,
    publishes: Iterable[type[Contract]] = (),
    flow: str | None = None,
    subscriber: str | None = None,
    shares_rows: bool = False,
    replayable: bool = False,
) -> Callable[[Callable[[M], None]], Callable[[M], None]]:
    """Wire a function to a type of message; it runs in the transaction that ends the lane.

    :param publishes: what the function may publish.
    :param flow: receive only messages of this flow.
    :param subscriber: the subscriber's name; by default the function's context.
    :param shares_rows: it locks rows that other conversations lock too, such as stock.
    :param replayable: its subscriber may be handed events of the past, and any event twice.
    """

    def wire(function: Callable[[M], None]) -> Callable[[M], None]:
        @wraps(function)
        def one_by_one(messages: Sequence[M]) -> None:
            for message in messages:
                function(message)

        on_batch(
            contract,
            publishes=publishes,
            flow=flow,
            subscriber=subscriber,
            shares_rows=shares_rows,
            replayable=replayable,
        )(one_by_one)
        return function

    return wire


def publishes(*contracts: type[Contract]) -> Callable[[F], F]:
    """Declare what a use case publishes that a request or staff calls."""

    def wire(function: F) -> F:
        originate(f"{function.__module__.partition('.')[0]}.{function.__name__}", contracts)
        return function

    return wire
