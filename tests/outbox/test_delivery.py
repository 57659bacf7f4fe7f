"""At least once, effects exactly once, in order per conversation, failures are data (M3 to M10)."""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings
from uuid_utils.compat import uuid7

from orders.models import Customer
from outbox import claims
from outbox.delivery import deliver_batch
from outbox.envelope import Envelope
from outbox.models import Delivery, Message
from outbox.publishing import publish
from outbox.registry import Subscriber, Unfinished
from outbox.relay import drain, owed_subscribers
from outbox.retry import Retry
from tests.outbox.conftest import Ear, Listen, ring, statuses
from tests.outbox.contracts import Rang, Shouted
from tests.shop import hurry, movable


def deliver() -> None:
    drain(owed_subscribers(), seconds=10)


def deliver_until_nothing_moves() -> None:
    for _ in range(30):
        deliver()
        if not movable():
            return
        hurry()
    raise AssertionError("it does not end")


class Trouble(Exception):
    """What a handler of a test raises."""


def refuse(conversation: UUID, sequence: int = 1) -> Any:
    def act(envelope: Envelope[Any]) -> None:
        if (envelope.conversation, envelope.sequence) == (conversation, sequence):
            raise Trouble("no")

    return act


def test_each_message_is_handled_once(listen: Listen, ear: Ear) -> None:
    listen()
    conversations = [ring() for _ in range(5)]
    deliver()
    deliver()
    assert sorted(ear.heard) == sorted((each, 1) for each in conversations)
    assert statuses() == ["done"] * 5


def test_the_order_of_each_conversation_is_kept_with_many_workers(
    listen: Listen, ear: Ear, settings: Settings
) -> None:
    settings.OUTBOX_BATCH = 3
    listen()
    conversations = [uuid7() for _ in range(10)]
    for number in range(6):
        for conversation in conversations:
            ring(conversation, number)

    def work(_: int) -> None:
        try:
            for _round in range(10):
                deliver()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    deliver()
    heard = defaultdict(list)
    for conversation, sequence in ear.heard:
        heard[conversation].append(sequence)
    assert heard == {conversation: [1, 2, 3, 4, 5, 6] for conversation in conversations}


def test_a_failure_leaves_no_effect_and_does_not_spoil_its_neighbours(
    listen: Listen, ear: Ear
) -> None:
    listen()
    conversations = [ring() for _ in range(7)]

    def act(envelope: Envelope[Any]) -> None:
        Customer.objects.create(name=str(envelope.conversation))
        refuse(conversations[3])(envelope)

    ear.act = act
    deliver()
    names = set(Customer.objects.values_list("name", flat=True))
    assert names == {str(each) for each in conversations if each != conversations[3]}
    assert Customer.objects.count() == 6
    assert sorted(statuses()) == ["done"] * 6 + ["owed"]


def test_a_failure_is_written_down_and_tried_again_later(listen: Listen, ear: Ear) -> None:
    listen(retry=Retry(attempts=3, base=60, cap=60))
    ear.act = refuse(ring())
    deliver()
    (failed,) = Delivery.objects.filter(subscriber="ear")
    assert (failed.status, failed.attempts, failed.error) == ("owed", 1, "Trouble: no")
    assert "raise Trouble" in failed.traceback
    assert failed.claim is None
    assert failed.due_at > timezone.now() - timedelta(seconds=1)


def test_used_up_attempts_make_a_dead_letter(listen: Listen, ear: Ear) -> None:
    listen(retry=Retry(attempts=3))
    ear.act = refuse(ring())
    deliver_until_nothing_moves()
    (dead,) = Delivery.objects.filter(subscriber="ear")
    assert (dead.status, dead.attempts) == ("dead", 3)


def test_a_dead_letter_parks_its_conversation_at_that_subscriber_only(
    listen: Listen, ear: Ear
) -> None:
    listen(retry=Retry(attempts=2))
    fine = Ear()
    listen("other_ear", receive=fine.receive)
    poisoned, healthy = uuid7(), uuid7()
    for conversation in (poisoned, healthy) * 3:
        ring(conversation)
    ear.act = refuse(poisoned, sequence=2)
    deliver_until_nothing_moves()
    assert statuses() == ["done", "dead", "owed", "done", "done", "done"]
    assert statuses("other_ear") == ["done"] * 6


def test_a_redriven_dead_letter_goes_first_and_the_rest_follow(listen: Listen, ear: Ear) -> None:
    listen(retry=Retry(attempts=1))
    conversation = uuid7()
    for _ in range(3):
        ring(conversation)
    ear.act = refuse(conversation, sequence=1)
    deliver_until_nothing_moves()
    assert statuses() == ["dead", "owed", "owed"]
    ear.act = None
    Delivery.objects.filter(status="dead").update(status="owed", attempts=0)
    deliver_until_nothing_moves()
    assert [sequence for _, sequence in ear.heard] == [1, 2, 3]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"type": "Whistled"}, "UnknownMessage: no contract is called Whistled: deploy the code"),
        ({"version": 7}, "UnknownMessage: Rang is at version 1 here, the message is of version 7"),
        ({"payload": {"number": "x"}}, "ValidationError: Expected `int`, got `str`"),
    ],
)
def test_a_message_this_code_cannot_read_is_a_dead_letter_at_once(
    listen: Listen, ear: Ear, change: dict[str, Any], error: str
) -> None:
    listen()
    unreadable, fine = ring(), ring()
    Message.objects.filter(correlation_id=unreadable).update(**change)
    deliver()
    dead = Delivery.objects.get(status="dead")
    assert (dead.correlation_id, dead.attempts) == (unreadable, 1)
    assert dead.error.startswith(error)
    assert ear.heard == [(fine, 1)]


def test_a_worker_that_has_lost_its_claim_commits_nothing(listen: Listen, ear: Ear) -> None:
    """Paused for longer than its lease, it finds that somebody else has taken over."""
    listen()
    ring()

    def somebody_else_takes_over() -> None:
        Delivery.objects.update(claim=uuid7(), claimed_until=timezone.now() + timedelta(minutes=1))
        connection.close()

    def act(envelope: Envelope[Any]) -> None:
        if isinstance(envelope.message, Shouted):
            return
        Customer.objects.create(name="Grace Hopper")
        publish(Shouted(), conversation=envelope.conversation, flow="loud")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(somebody_else_takes_over).result()

    ear.act = act
    deliver()
    assert not Customer.objects.exists()
    assert not Message.objects.filter(type="Shouted").exists()
    assert statuses() == ["owed"]


def test_what_somebody_holds_is_left_alone(listen: Listen, ear: Ear) -> None:
    subscriber = listen()
    ring()
    held = claims.claim(subscriber, 10)
    assert len(held.owed) == 1
    deliver()
    assert ear.heard == []


def vanish(subscriber: Subscriber) -> None:
    """Claim everything and never come back: a worker that was killed, when its lease is over."""
    claims.claim(subscriber, 100)
    Delivery.objects.filter(subscriber=subscriber.name, claim__isnull=False).update(
        claimed_until=timezone.now() - timedelta(seconds=1)
    )


def test_what_a_vanished_worker_held_is_handled_again_each_alone(listen: Listen, ear: Ear) -> None:
    subscriber = listen()
    conversation = ring()
    for each in (conversation, None, None):
        ring(each)
    vanish(subscriber)
    deliver()
    assert statuses() == ["done"] * 4
    assert ear.batches == [1] * 4
    assert [sequence for key, sequence in ear.heard if key == conversation] == [1, 2]


def test_a_message_that_kills_its_worker_is_parked(listen: Listen, ear: Ear) -> None:
    subscriber = listen(retry=Retry(attempts=2))
    deadly = ring()
    vanish(subscriber)
    Delivery.objects.update(attempts=2)
    deliver()
    (parked,) = Delivery.objects.filter(subscriber="ear")
    assert (parked.status, parked.correlation_id) == ("dead", deadly)
    assert parked.error == "2 workers vanished over it"
    assert ear.heard == []


def test_a_follow_up_is_done_in_the_transaction_of_its_cause(listen: Listen, ear: Ear) -> None:
    listen()
    follower = Ear()
    listen("follower", receive=follower.receive)

    def act(envelope: Envelope[Any]) -> None:
        if envelope.sequence == 1:
            publish(Shouted(), conversation=envelope.conversation, flow="loud")

    ear.act = act
    conversation = ring()
    Delivery.objects.filter(subscriber="follower").update(status="done", settled_at=timezone.now())
    drain(["ear"], seconds=5)
    assert follower.heard == [(conversation, 2)]
    assert statuses("follower") == ["done", "done"]


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
    assert statuses("ear") == ["done", "done"]
    assert statuses("follower") == ["done", "dead"]
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
    assert statuses("late_ear") == ["owed", "owed"]
    deliver()
    assert late.heard == [(conversation, 1), (conversation, 2)]


def test_nothing_follows_up_past_an_earlier_message_of_its_conversation(
    listen: Listen, ear: Ear
) -> None:
    """The first of two is committed alone; what it brings forth waits behind the second."""
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


class Outside:
    """A call outside: answers what it is told to, one by one."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.called: list[int] = []
        self.concluded: list[list[Any]] = []

    def call(self, envelope: Envelope[Any]) -> Any:
        assert not connection.in_atomic_block
        self.called.append(envelope.sequence)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def conclude(
        self, envelopes: Sequence[Envelope[Any]], results: Sequence[Any]
    ) -> list[Unfinished]:
        self.concluded.append(list(results))
        return [
            Unfinished(envelope, "no answer")
            for envelope, result in zip(envelopes, results, strict=True)
            if result is None
        ]


def test_a_call_outside_that_gets_no_answer_is_made_again(listen: Listen) -> None:
    outside = Outside(None, None, "yes")
    listen(call=outside.call, conclude=outside.conclude)
    ring()
    deliver_until_nothing_moves()
    assert outside.concluded == [[None], [None], ["yes"]]
    (done,) = Delivery.objects.filter(subscriber="ear")
    assert (done.status, done.attempts, done.error) == ("done", 3, "no answer")


def test_an_error_of_a_call_stands_in_place_of_its_result(listen: Listen) -> None:
    trouble = Trouble("no line")
    outside = Outside(trouble)
    listen(call=outside.call, conclude=outside.conclude)
    ring()
    deliver()
    assert outside.concluded == [[trouble]]
    assert statuses() == ["done"]


def test_a_call_is_made_only_once_the_one_before_it_is_concluded(listen: Listen) -> None:
    outside = Outside(None, "first", "second")
    listen(call=outside.call, conclude=outside.conclude)
    conversation = ring()
    ring(conversation)
    deliver_until_nothing_moves()
    assert outside.called == [1, 1, 2]


def test_a_rolled_back_batch_publishes_nothing(listen: Listen, ear: Ear) -> None:
    listen(retry=Retry(attempts=1))
    conversation = ring()

    def act(envelope: Envelope[Any]) -> None:
        publish(Shouted(), conversation=envelope.conversation, flow="loud")
        raise Trouble("after publishing")

    ear.act = act
    deliver_until_nothing_moves()
    assert list(Message.objects.values_list("correlation_id", "type")) == [(conversation, "Rang")]


def test_the_relay_names_who_is_owed_the_longest_waiting_first(listen: Listen) -> None:
    listen("ear")
    listen("other_ear")
    ring()
    Delivery.objects.filter(subscriber="other_ear").update(
        due_at=timezone.now() - timedelta(seconds=9)
    )
    assert owed_subscribers() == ["other_ear", "ear"]
    Delivery.objects.filter(subscriber="ear").update(due_at=timezone.now() + timedelta(seconds=9))
    assert owed_subscribers() == ["other_ear"]


def test_an_uncommitted_message_is_not_delivered(listen: Listen, ear: Ear) -> None:
    listen()

    def look() -> None:
        deliver()
        connection.close()

    with transaction.atomic():
        publish(Rang(), conversation=uuid7())
        with ThreadPoolExecutor(1) as pool:
            pool.submit(look).result()
        assert ear.heard == []
