"""Publish messages: write them, and the lanes that owe them, in the caller's transaction (M1)."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import connection, transaction
from uuid_utils.compat import uuid7

from outbox.conversations import flow_of
from outbox.doorbell import bell
from outbox.handling import cause_of
from outbox.log import scheduled
from outbox.log.append import NewRow, append
from outbox.messages import Contract, context_of
from outbox.registry import groups, known, leading, renew, subscribers_of
from outbox.tracing import tracer


class NoSubscriber(Exception):
    """This message has no subscriber in this flow, though it has in another."""


class PublishedOutsideTransaction(Exception):
    """A message was published outside a transaction; it needs that of its cause."""


class NotDeclared(Exception):
    """A subscriber that declares to publish nothing has published a message."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that is about to be written, with its headers.

    :ivar subscribers: those it is published for.
    :ivar due_at: when it joins the log; ``None`` for at once.
    :ivar handled: subscribers that have handled it in the transaction that publishes it.
    """

    id: UUID
    message: Contract
    conversation: UUID
    flow: str
    subscribers: Sequence[str]
    causation: UUID | None
    traceparent: str
    due_at: datetime | None = None
    handled: set[str] = field(default_factory=set)

    def row(self) -> NewRow:
        """Return it as a row of the log."""
        return NewRow(
            id=self.id,
            context=context_of(type(self.message)),
            conversation=self.conversation,
            type=type(self.message).__name__,
            version=self.message.version,
            payload=self.message,
            causation=self.causation,
            flow=self.flow,
            traceparent=self.traceparent,
            handled=self.handled,
        )


_collected: ContextVar[list[Outgoing] | None] = ContextVar("outbox_collected", default=None)
_silent: ContextVar[str] = ContextVar("outbox_silent", default="")
"""The subscriber whose turn it is, if it publishes nothing."""


def publish(
    message: Contract, *, conversation: UUID, flow: str = "", due_at: datetime | None = None
) -> None:
    """Record a message; it exists if and only if the caller's transaction commits.

    Causation and trace come from the message of the same conversation that is being handled, if
    any. The flow is the conversation's, which its first message sets.

    :param due_at: schedule the message: it joins the log, and gets its sequence, within a second
        or two of this time. :func:`withdraw` removes it before then.
    :raises NoSubscriber: it has subscribers in other flows only.
    :raises PublishedOutsideTransaction: no ``transaction.atomic()`` is open.
    :raises NotDeclared: it is the turn of a subscriber that publishes nothing. Conversations are
        not locked in such a turn.
    """
    if silent := _silent.get():
        raise NotDeclared(
            f"{silent} has published {type(message).__name__}: say so with publishes= where it is"
            " wired"
        )
    if not connection.in_atomic_block:
        raise PublishedOutsideTransaction(
            f"{type(message).__name__} was published outside transaction.atomic()"
        )
    renew()
    cause = cause_of(conversation)
    flow = flow or (cause.flow if cause else "") or flow_of(conversation)
    names = subscribers_of(type(message), flow)
    if not names and any(type(message) in each.subscriptions for each in known()):
        raise NoSubscriber(f"{type(message).__name__} has no subscriber in flow {flow or 'none'}")
    message_id = uuid7()
    outgoing = Outgoing(
        id=message_id,
        message=message,
        conversation=conversation,
        flow=flow,
        subscribers=names,
        causation=cause.id if cause else None,
        traceparent=tracer.published(
            type(message).__name__,
            message=message_id,
            conversation=conversation,
            parent=cause.traceparent if cause else "",
        ),
        due_at=due_at,
    )
    collected = _collected.get()
    if collected is not None:
        collected.append(outgoing)
    elif lanes := write([outgoing]):
        transaction.on_commit(partial(bell.ring, _awaited(lanes)))


def withdraw(contract: type[Contract], conversations: Collection[UUID]) -> int:
    """Delete scheduled messages of a type in these conversations; return how many.

    One that falls due at this moment is delivered nevertheless: its handler has to accept that.
    """
    return scheduled.withdraw(contract, conversations)


def _awaited(lanes: set[str]) -> set[str]:
    """Leave groups out if another subscriber moves the conversation on and wakes them then."""
    return lanes - groups.keys() if lanes.intersection(leading()) else lanes


@contextmanager
def publishing_nothing(subscriber: str) -> Iterator[None]:
    """Refuse what a subscriber publishes that declares to publish nothing."""
    token = _silent.set(subscriber)
    try:
        yield
    finally:
        _silent.reset(token)


@contextmanager
def collecting() -> Iterator[list[Outgoing]]:
    """Collect what a batch publishes, to write it in one statement."""
    collected: list[Outgoing] = []
    token = _collected.set(collected)
    try:
        yield collected
    finally:
        _collected.reset(token)


def write(outgoing: Sequence[Outgoing]) -> set[str]:
    """Write messages to the log, and scheduled ones to their table.

    :returns: the names of the lanes that owe them.
    """
    scheduled.schedule([(each.row(), each.due_at) for each in outgoing if each.due_at])
    return append([each.row() for each in outgoing if not each.due_at])
