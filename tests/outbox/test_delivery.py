"""Each message is handled once, in order per conversation; failures are recorded (M3, M5, M9)."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings
from uuid_utils.compat import uuid7

from orders.models import Customer
from outbox.delivery.relay import owed_names
from outbox.messages import Envelope
from outbox.models import Claim, FailedAttempt, Lane, Message
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
    lane,
    refuse,
    ring,
    statuses,
)
from tests.outbox.contracts import Rang, Shouted


def test_each_message_is_handled_once(listen: Listen, ear: Ear) -> None:
    listen()
    conversations = [ring() for _ in range(5)]
    deliver()
    deliver()
    assert sorted(ear.heard) == sorted((each, 1) for each in conversations)
    assert statuses() == [HANDLED] * 5


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
    assert sorted(statuses()) == [HANDLED] * 6 + [OWED]


def test_a_failure_is_written_down_and_tried_again_later(listen: Listen, ear: Ear) -> None:
    listen(retry=Retry(attempts=3, base=60, cap=60))
    ear.act = refuse(ring())
    deliver()
    failed = lane()
    assert (failed.stopped, failed.attempts, failed.error) == (False, 1, "Trouble: no")
    assert (failed.next, failed.message_type, failed.error_type) == (1, "Rang", "Trouble")
    assert "raise Trouble" in failed.traceback
    assert failed.claim is None
    assert failed.due_at > timezone.now() - timedelta(seconds=1)


def test_every_failed_try_leaves_a_row(listen: Listen, ear: Ear) -> None:
    listen(retry=Retry(attempts=2))
    conversation = ring()
    ear.act = refuse(conversation)
    deliver_until_nothing_moves()
    tries = FailedAttempt.objects.filter(correlation_id=conversation).order_by("id")
    assert list(tries.values_list("subscriber", "sequence", "attempt", "stopped", "error")) == [
        ("ear", 1, 1, False, "Trouble: no"),
        ("ear", 1, 2, True, "Trouble: no"),
    ]


@pytest.mark.parametrize("text", ["no\0thing", "no \udc80 line"], ids=["NUL", "lone surrogate"])
def test_an_error_that_no_text_column_takes_is_written_down_all_the_same(
    listen: Listen, ear: Ear, text: str
) -> None:
    """The rest of the batch is handled without waiting for the claim to expire."""
    listen(retry=Retry(attempts=1))
    failing, fine = ring(), ring()

    def act(envelope: Envelope[Any]) -> None:
        if envelope.conversation == failing:
            raise Trouble(text)

    ear.act = act
    deliver()
    assert lane().error == "Trouble: " + text.translate({0: "?", 0xDC80: "?"})
    assert ear.heard == [(fine, 1)]
    assert not Claim.objects.exists()


def test_used_up_attempts_make_a_dead_letter(listen: Listen, ear: Ear) -> None:
    listen(retry=Retry(attempts=3))
    ear.act = refuse(ring())
    deliver_until_nothing_moves()
    dead = lane()
    assert (dead.stopped, dead.attempts) == (True, 3)


def test_a_dead_letter_stops_its_conversation_at_that_subscriber_only(
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
    assert statuses() == [HANDLED, STOPPED, BEHIND, HANDLED, HANDLED, HANDLED]
    assert statuses("other_ear") == [HANDLED] * 6


def test_a_payload_that_does_not_fit_its_contract_is_a_dead_letter_at_once(
    listen: Listen, ear: Ear
) -> None:
    listen()
    unreadable, fine = ring(), ring()
    Message.objects.filter(correlation_id=unreadable).update(payload={"number": "x"})
    deliver()
    dead = Lane.objects.get(stopped=True)
    assert (dead.correlation_id, dead.attempts) == (unreadable, 1)
    assert dead.error.startswith("ValidationError: Expected `int`, got `str`")
    assert ear.heard == [(fine, 1)]


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
    Lane.objects.filter(subscriber="other_ear").update(due_at=timezone.now() - timedelta(seconds=9))
    assert owed_names() == ["other_ear", "ear"]
    Lane.objects.filter(subscriber="ear").update(due_at=timezone.now() + timedelta(seconds=9))
    assert owed_names() == ["other_ear"]


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
