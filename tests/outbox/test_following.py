"""Follow-up keeps the rules of delivery."""

from typing import Any

from uuid_utils.compat import uuid7

from outbox.delivery.batch import deliver_batch
from outbox.delivery.relay import drain
from outbox.messages import Envelope
from outbox.models import Lane, Message
from outbox.publishing import publish
from outbox.retry import Retry
from tests.outbox.conftest import (
    BEHIND,
    HANDLED,
    OWED,
    STOPPED,
    Ear,
    Listen,
    Trouble,
    deliver,
    deliver_until_nothing_moves,
    refuse,
    ring,
    statuses,
)
from tests.outbox.contracts import Shouted


def test_a_redriven_dead_letter_goes_first_and_the_rest_follow(listen: Listen, ear: Ear) -> None:
    listen(retry=Retry(attempts=1))
    conversation = uuid7()
    for _ in range(3):
        ring(conversation)
    ear.act = refuse(conversation, sequence=1)
    deliver_until_nothing_moves()
    assert statuses() == [STOPPED, BEHIND, BEHIND]
    ear.act = None
    Lane.objects.filter(stopped=True).update(stopped=False, attempts=0)
    deliver_until_nothing_moves()
    assert [sequence for _, sequence in ear.heard] == [1, 2, 3]


def test_a_follow_up_is_done_in_the_transaction_of_its_cause(listen: Listen, ear: Ear) -> None:
    listen()
    follower = Ear()
    listen("follower", receive=follower.receive)

    def act(envelope: Envelope[Any]) -> None:
        if envelope.sequence == 1:
            publish(Shouted(), conversation=envelope.conversation, flow="loud")

    ear.act = act
    conversation = ring()
    Lane.objects.filter(subscriber="follower").delete()
    drain(["ear"], seconds=5)
    assert follower.heard == [(conversation, 2)]
    assert statuses("follower") == [HANDLED, HANDLED]


def test_a_follow_up_that_fails_takes_nothing_with_it(listen: Listen, ear: Ear) -> None:
    listen()
    follower = Ear()
    listen("follower", receive=follower.receive, retry=Retry(attempts=1))

    def act(envelope: Envelope[Any]) -> None:
        if envelope.sequence == 1:
            publish(Shouted(), conversation=envelope.conversation, flow="loud")

    ear.act = act
    conversation = ring()
    follower.act = refuse(conversation, sequence=2)
    deliver_until_nothing_moves()
    assert statuses("ear") == [HANDLED, HANDLED]
    assert statuses("follower") == [HANDLED, STOPPED]
    assert Message.objects.count() == 2


def test_nothing_follows_up_to_a_subscriber_that_is_owed_an_earlier_message(
    listen: Listen, ear: Ear
) -> None:
    subscriber = listen()
    late = Ear()
    listen("late_ear", receive=late.receive)

    def act(envelope: Envelope[Any]) -> None:
        if envelope.sequence == 1:
            publish(Shouted(), conversation=envelope.conversation, flow="loud")

    ear.act = act
    conversation = ring()
    deliver_batch(subscriber)
    assert statuses("late_ear") == [OWED, OWED]
    deliver()
    assert late.heard == [(conversation, 1), (conversation, 2)]


def test_nothing_follows_up_past_an_earlier_message_of_its_conversation(
    listen: Listen, ear: Ear
) -> None:
    """The first of two is committed alone; what it publishes waits behind the second."""
    listen()
    conversation = uuid7()
    ring(conversation)
    ring(conversation)
    failures = iter([True])

    def act(envelope: Envelope[Any]) -> None:
        if envelope.sequence == 1:
            publish(Shouted(), conversation=conversation, flow="loud")
        if envelope.sequence == 2 and next(failures, False):
            raise Trouble("once")

    ear.act = act
    deliver_until_nothing_moves()
    last_of_each = [sequence for _, sequence in ear.heard if sequence > 1]
    assert last_of_each == [2, 3]
