"""Calls outside are made beside a worker's other work, as many at once as may be (M3, M7)."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from outbox import callers, claims
from outbox.calls import Calls
from outbox.envelope import Envelope
from outbox.models import Delivery
from outbox.publishing import publish
from outbox.registry import Subscriber
from outbox.tasks import deliver
from tests.faults.processes import wait_until
from tests.outbox.conftest import Ear, Listen, ring, statuses
from tests.outbox.contracts import Rang, Shouted
from tests.shop import let_claims_end

PATIENCE = 20


class Slow:
    """A call outside that for some numbers takes until it is let go."""

    def __init__(self, *slow: int) -> None:
        self.slow = slow
        self.begun: list[int] = []
        self.let_go = threading.Event()

    def __call__(self, envelope: Envelope[Any]) -> None:
        self.begun.append(envelope.message.number)
        if envelope.message.number in self.slow:
            assert self.let_go.wait(PATIENCE)


@pytest.fixture(autouse=True)
def _nobody_calls_on() -> Iterator[None]:
    yield
    callers.stop()


def ring_for(count: int) -> None:
    for number in range(count):
        ring(number=number)


def done(name: str = "ear") -> int:
    return statuses(name).count("done")


def calls_under_way(subscriber: Subscriber, slow: Slow) -> Calls:
    """Claim what is owed as a caller does, and wait until the slow calls are made."""
    calls = Calls(subscriber)
    calls.claim()
    wait_until(lambda: set(slow.slow) <= set(slow.begun))
    return calls


def test_a_call_that_takes_long_holds_up_nobody_else(listen: Listen, ear: Ear) -> None:
    slow, quick = Slow(0), Slow()
    listen("slow", call=slow)
    listen("quick", call=quick)
    listen("ear")
    ring()
    deliver(["slow", "quick", "ear"])
    assert len(ear.heard) == 1
    wait_until(lambda: done("quick") == 1)
    assert statuses("slow") == ["owed"]
    slow.let_go.set()
    wait_until(lambda: done("slow") == 1)


def test_what_has_ended_is_concluded_and_replaced_while_others_still_call(listen: Listen) -> None:
    slow = Slow(0)
    listen(call=slow, calls_at_once=2)
    ring_for(10)
    deliver(["ear"])
    wait_until(lambda: done() == 9)
    assert statuses().count("owed") == 1
    slow.let_go.set()
    wait_until(lambda: done() == 10)
    assert sorted(slow.begun) == list(range(10))


def test_no_more_calls_are_made_at_once_than_the_subscriber_allows(listen: Listen) -> None:
    slow = Slow(*range(10))
    listen(call=slow, calls_at_once=3)
    ring_for(10)
    deliver(["ear"])
    wait_until(lambda: len(slow.begun) == 3)
    assert Delivery.objects.filter(subscriber="ear", claim__isnull=False).count() == 3
    slow.let_go.set()
    wait_until(lambda: done() == 10)


def test_what_an_answer_brings_forth_does_not_wait_for_other_calls(listen: Listen) -> None:
    slow = Slow(0)

    def conclude(envelopes: Sequence[Envelope[Any]], _: Sequence[Any]) -> list[Any]:
        for envelope in envelopes:
            if isinstance(envelope.message, Rang):
                publish(Shouted(number=1), conversation=envelope.conversation, flow="loud")
        return []

    listen("caller", call=slow, conclude=conclude)
    listen("ear")
    ring_for(2)
    deliver(["caller"])
    shouted = Delivery.objects.filter(subscriber="ear", message__type="Shouted")
    wait_until(lambda: shouted.filter(status="done").exists())
    slow_one = Delivery.objects.get(subscriber="caller", message__payload__number=0)
    assert slow_one.status == "owed"
    slow.let_go.set()


def test_a_worker_that_ends_concludes_its_calls_and_gives_back_those_not_begun(
    listen: Listen,
) -> None:
    slow = Slow(0, 1)
    subscriber = listen(call=slow, calls_at_once=2)
    ring_for(6)
    calls = Calls(subscriber)
    calls.most = 6
    calls.claim()
    wait_until(lambda: len(slow.begun) == 2)
    calls.give_up()
    slow.let_go.set()
    calls.conclude_all()
    assert (sorted(slow.begun), done()) == ([0, 1], 2)
    left = Delivery.objects.filter(subscriber="ear", status="owed")
    assert set(left.values_list("claim", "attempts")) == {(None, 0)}


def test_an_answer_that_comes_after_its_claim_was_lost_spoils_no_other(listen: Listen) -> None:
    slow = Slow(0)
    subscriber = listen(call=slow)
    ring_for(3)
    calls = calls_under_way(subscriber, slow)
    let_claims_end()
    taken_over = claims.claim_suspect(subscriber)
    slow.let_go.set()
    calls.conclude_all()
    assert done() == 2
    (left,) = Delivery.objects.filter(subscriber="ear", status="owed")
    assert left.claim == taken_over.owed[0].claim


def test_what_a_vanished_worker_called_is_called_alone(listen: Listen) -> None:
    slow = Slow(0)
    subscriber = listen(call=slow)
    ring_for(2)
    claims.claim(subscriber, 10)
    let_claims_end()
    ring(number=2)
    deliver(["ear"])
    wait_until(lambda: slow.begun == [0])
    assert Delivery.objects.filter(subscriber="ear", attempts=0).count() == 1
    slow.let_go.set()
    wait_until(lambda: done() == 3)
