"""Subscribers for one test, and messages to send them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from uuid_utils.compat import uuid7

from outbox.delivery.relay import drain, owed_names
from outbox.handling import rounds
from outbox.messages import Envelope
from outbox.models import Lane, Message
from outbox.operations.receipts import Receipt, receipts
from outbox.publishing import publish
from outbox.registry import (
    AnySubscriber,
    OutsideSubscriber,
    Subscriber,
    groups,
    subscribers,
    subscribers_of,
)
from testkit.delivering import hurry, movable
from tests.outbox.contracts import Rang, Shouted

Listen = Callable[..., Any]

HANDLED, OWED, STOPPED = Receipt.HANDLED, Receipt.OWED, Receipt.STOPPED
BEHIND, DISCARDED = Receipt.BEHIND, Receipt.DISCARDED


class Ear:
    """Records what a subscriber has received; ``act`` decides how it responds."""

    def __init__(self) -> None:
        self.heard: list[tuple[UUID, int]] = []
        self.batches: list[int] = []
        self.act: Callable[[Envelope[Any]], None] | None = None

    def receive(self, envelopes: Sequence[Envelope[Any]]) -> None:
        self.batches.append(len(envelopes))
        for envelope in (each for batch in rounds(envelopes) for each in batch):
            if self.act:
                self.act(envelope)
            self.heard.append((envelope.conversation, envelope.sequence))


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def listen(ear: Ear, transactional_db: None) -> Iterator[Listen]:  # noqa: ARG001 - the tables
    """Return a function that registers a subscriber for the test; it receives Rang and Shouted."""
    named = []

    def listen(name: str = "ear", **options: Any) -> AnySubscriber:
        subscriber: AnySubscriber
        if "call" in options:
            subscriber = OutsideSubscriber(name, **options)
        else:
            subscriber = Subscriber(name, **{"receive": ear.receive, "follow_up": True, **options})
        named.append(name)
        subscriber.subscribe_to(Rang)
        subscriber.subscribe_to(Shouted, flows=["loud"])
        return subscriber

    yield listen
    for name in named:
        group = groups.get(subscribers.pop(name).lane)
        if group:
            del group.members[name]
            if not group.members:
                del groups[group.name]
    subscribers_of.cache_clear()


def ring(conversation: UUID | None = None, number: int = 0) -> UUID:
    """Publish one message and commit."""
    conversation = conversation or uuid7()
    with transaction.atomic():
        publish(Rang(number=number), conversation=conversation)
    return conversation


def statuses(name: str = "ear") -> list[Receipt]:
    """List the receipts of a subscriber's messages, in order."""
    owed = Message.objects.filter(subscribers__contains=[name])
    rows = receipts(owed.order_by("correlation_id", "sequence"))
    return [each.receipt for each in rows if each.subscriber == name]


def lane(conversation: UUID | None = None, name: str = "ear") -> Lane:
    """Return a subscriber's lane of a conversation, or its only lane."""
    of = {} if conversation is None else {"correlation_id": conversation}
    return Lane.objects.get(subscriber=name, **of)


def deliver() -> None:
    drain(owed_names(), seconds=10)


def deliver_until_nothing_moves() -> None:
    for _ in range(30):
        deliver()
        if not movable():
            return
        hurry()
    raise AssertionError("it does not end")


class Trouble(Exception):
    """Raised by handlers of tests."""


def refuse(conversation: UUID, sequence: int = 1) -> Any:
    def act(envelope: Envelope[Any]) -> None:
        if (envelope.conversation, envelope.sequence) == (conversation, sequence):
            raise Trouble("no")

    return act
