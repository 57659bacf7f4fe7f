"""Who only listens to events has turns of its own; who takes part in a flow is blamed by name."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from orders.commands import FlagOrder
from outbox.delivery import follow_up
from outbox.delivery.batch import deliver_batch
from outbox.messages import Envelope
from outbox.models import Lane
from outbox.publishing import publish
from outbox.registry import AnySubscriber, Subscriber
from tests.outbox.conftest import (
    HANDLED,
    OWED,
    Ear,
    Listen,
    deliver_until_nothing_moves,
    ring,
    statuses,
)
from tests.outbox.contracts import Shouted


@pytest.fixture(autouse=True)
def _nobody_is_apart() -> Iterator[None]:
    yield
    follow_up.apart_until.clear()


def shouting(listen: Listen, ear: Ear) -> AnySubscriber:
    """Register one that shouts in the turn of each ring."""

    def shout(envelope: Envelope[Any]) -> None:
        if envelope.sequence == 1:
            publish(Shouted(), conversation=envelope.conversation, flow="loud")

    ear.act = shout
    subscriber: AnySubscriber = listen()
    return subscriber


def rung(name: str) -> None:
    """Publish a ring that this subscriber has heard of already."""
    ring()
    Lane.objects.filter(subscriber=name).delete()


def deadlock(_: Envelope[Any]) -> None:
    """Fail as in a deadlock with another transaction."""
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE 'deadlock detected' USING ERRCODE = '40P01'; END $$")


def test_a_listener_is_not_handed_events_in_the_turn_that_publishes_them(
    listen: Listen, ear: Ear
) -> None:
    subscriber, listener = shouting(listen, ear), Ear()
    listen("listener", receive=listener.receive, follow_up=None)
    rung("listener")
    deliver_batch(subscriber)
    assert (statuses("ear"), listener.heard) == ([HANDLED, HANDLED], [])
    assert statuses("listener") == [HANDLED, OWED]
    deliver_until_nothing_moves()
    assert statuses("listener") == [HANDLED, HANDLED]


def test_a_listener_that_deadlocks_fails_alone(listen: Listen, ear: Ear) -> None:
    subscriber, listener = shouting(listen, ear), Ear()
    listener.act = deadlock
    listen("listener", receive=listener.receive, follow_up=None)
    rung("listener")
    with capture_logs() as logs:
        deliver_batch(subscriber)
    assert logs == []
    assert statuses("ear") == [HANDLED, HANDLED]


def test_who_handles_a_command_takes_part_and_a_listener_does_not(listen: Listen) -> None:
    taking_part = listen("taking_part", follow_up=None)
    assert isinstance(taking_part, Subscriber)
    assert not taking_part.follow_up
    taking_part.subscribe_to(FlagOrder)
    assert taking_part.follow_up


def test_who_deadlocks_in_the_turn_of_another_is_named_and_has_turns_of_its_own(
    listen: Listen, ear: Ear
) -> None:
    subscriber, clumsy = shouting(listen, ear), Ear()
    clumsy.act = deadlock
    listen("clumsy", receive=clumsy.receive)
    rung("clumsy")
    with capture_logs() as logs:
        deliver_batch(subscriber)
    assert [(each["event"], each["subscriber"], each["turn_of"]) for each in logs] == [
        ("follow_up_failed", "clumsy", "ear")
    ]
    rung("clumsy")
    with capture_logs() as logs:
        deliver_batch(subscriber)
    assert logs == []
    assert statuses("ear") == [HANDLED] * 4


def test_who_shares_rows_is_handed_on_in_one_order_in_every_turn(listen: Listen, ear: Ear) -> None:
    order: list[str] = []

    def hears(name: str) -> Any:
        return lambda _: order.append(name)

    def shout(envelope: Envelope[Any]) -> None:
        if envelope.sequence == 1:
            publish(Shouted(), conversation=envelope.conversation, flow="loud")

    ear.act = shout
    subscriber = listen()
    for name in ("stock", "points"):
        listen(name, receive=hears(name), shares_rows=True)
    with transaction.atomic():
        ring(uuid7())
    Lane.objects.exclude(subscriber="ear").delete()
    deliver_batch(subscriber)
    assert order == ["points", "stock"]
