"""Calls outside run beside a worker's other work, up to the allowed number at once (M3, M7)."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import Settings

from config.postgresql.errors import DatabaseUnavailable
from outbox.delivery import callers, claims
from outbox.delivery import calls as calling
from outbox.delivery.applying import apply
from outbox.delivery.calls import Calls
from outbox.delivery.turn import TurnResult
from outbox.messages import Envelope
from outbox.models import Claim, Lane, Message
from outbox.operations.receipts import Receipt, receipts
from outbox.publishing import publish
from outbox.registry import OutsideSubscriber
from outbox.tasks import deliver, see_to
from testkit.clock import let_claims_end
from tests.faults.processes import wait_until
from tests.outbox.conftest import HANDLED, OWED, Ear, Listen, lane, ring, statuses
from tests.outbox.contracts import Rang, Shouted

PATIENCE = 20


class Slow:
    """A call outside that blocks for some numbers until the test releases it."""

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
    return statuses(name).count(HANDLED)


def heard_a_shout(conversation: UUID) -> bool:
    rows = receipts(Message.objects.filter(correlation_id=conversation, type="Shouted"))
    return Receipt.HANDLED in {each.receipt for each in rows if each.subscriber == "ear"}


def calls_under_way(subscriber: OutsideSubscriber, slow: Slow) -> Calls:
    """Claim what is owed as a caller does, and wait until the slow calls have begun."""
    calls = Calls(subscriber)
    calls.claim()
    wait_until(lambda: set(slow.slow) <= set(slow.begun))
    return calls


@contextmanager
def database_away() -> Iterator[None]:
    """Let this thread's connections fail."""
    with pytest.MonkeyPatch.context() as patch:
        connection.close()
        patch.setitem(connection.settings_dict, "HOST", "/nowhere")
        yield


@contextmanager
def locked_elsewhere(lane: Lane) -> Iterator[None]:
    """Let another session lock the row of a lane."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT FROM outbox_lane WHERE id = %s FOR UPDATE", [lane.pk])
            yield
    finally:
        other.close()


def test_a_call_that_takes_long_holds_up_nobody_else(listen: Listen, ear: Ear) -> None:
    slow, quick = Slow(0), Slow()
    listen("slow", call=slow)
    listen("quick", call=quick)
    listen("ear")
    ring()
    deliver(["slow", "quick", "ear"])
    assert len(ear.heard) == 1
    wait_until(lambda: done("quick") == 1)
    assert statuses("slow") == [OWED]
    slow.let_go.set()
    wait_until(lambda: done("slow") == 1)


def test_what_has_ended_is_concluded_and_replaced_while_others_still_call(listen: Listen) -> None:
    slow = Slow(0)
    listen(call=slow, calls_at_once=2)
    ring_for(10)
    deliver(["ear"])
    wait_until(lambda: done() == 9)
    assert statuses().count(OWED) == 1
    slow.let_go.set()
    wait_until(lambda: done() == 10)
    assert sorted(slow.begun) == list(range(10))


def test_no_more_calls_are_made_at_once_than_the_subscriber_allows(listen: Listen) -> None:
    slow = Slow(*range(10))
    listen(call=slow, calls_at_once=3)
    ring_for(10)
    deliver(["ear"])
    wait_until(lambda: len(slow.begun) == 3)
    assert Lane.objects.filter(subscriber="ear", claim__isnull=False).count() == 3
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
    first, second = ring(number=0), ring(number=1)
    deliver(["caller"])
    wait_until(lambda: heard_a_shout(second))
    assert lane(first, "caller").next == 1
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
    left = Lane.objects.filter(subscriber="ear")
    assert set(left.values_list("claim", "attempts")) == {(None, 0)}
    assert not Claim.objects.exists()


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
    assert taken_over
    assert lane().claim == taken_over.token


def test_what_cannot_be_committed_now_is_committed_once_the_database_is_back(
    listen: Listen,
) -> None:
    slow = Slow(0)
    subscriber = listen(call=slow)
    ring_for(3)
    calls = calls_under_way(subscriber, slow)
    with database_away(), pytest.raises(DatabaseUnavailable):
        calls.conclude()
    slow.let_go.set()
    calls.conclude_all()
    assert done() == 3
    assert sorted(slow.begun) == [0, 1, 2]
    assert not Claim.objects.exists()


def test_who_calls_looks_by_himself_whether_the_database_is_back(
    listen: Listen, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTBOX_LEASE_SECONDS = 600
    slow = Slow()
    listen(call=slow)
    ring_for(3)
    tries = []

    def apply_the_second_time(*words: Any) -> TurnResult:
        tries.append(words)
        if len(tries) == 1:
            raise DatabaseUnavailable
        return apply(*words)

    monkeypatch.setattr(calling, "apply", apply_the_second_time)
    deliver(["ear"])
    wait_until(lambda: done() == 3)
    assert sorted(slow.begun) == [0, 1, 2]


def test_a_claim_that_a_lane_still_bears_is_not_given_up(listen: Listen) -> None:
    """A session that has died keeps its lanes locked until the server notices."""
    subscriber = listen(call=Slow())
    ring_for(3)
    calls = Calls(subscriber)
    calls.claim()
    with locked_elsewhere(Lane.objects.latest("pk")):
        calls.conclude_all()
    assert done() == 2
    assert [each.token for each in Claim.objects.all()] == [lane().claim]
    let_claims_end()
    see_to(["ear"])
    wait_until(lambda: done() == 3)


def test_what_a_vanished_worker_called_is_called_alone(listen: Listen) -> None:
    slow = Slow(0)
    subscriber = listen(call=slow)
    ring_for(2)
    claims.claim(subscriber, 10)
    let_claims_end()
    ring(number=2)
    see_to(["ear"])
    wait_until(lambda: slow.begun == [0])
    assert Lane.objects.filter(subscriber="ear", attempts=0).count() == 2
    slow.let_go.set()
    wait_until(lambda: done() == 3)


def test_a_call_that_outlasts_its_lease_is_made_once_and_concluded(
    listen: Listen, settings: Settings
) -> None:
    """A caller renews its claims, so it does not count as vanished."""
    settings.OUTBOX_LEASE_SECONDS = 2
    slow = Slow(0)
    subscriber = listen(call=slow)
    ring()
    deliver(["ear"])
    wait_until(lambda: slow.begun == [0])
    time.sleep(2.5)
    try:
        assert claims.claim_suspect(subscriber) is None
    finally:
        slow.let_go.set()
    wait_until(lambda: done() == 1)
    assert slow.begun == [0]
    assert not Claim.objects.exists()


def test_a_call_that_hangs_is_somebody_elses_in_the_end(
    listen: Listen, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTBOX_LEASE_SECONDS = 1
    monkeypatch.setattr(calling, "LONGEST_CALL", 0.0)
    slow = Slow(0)
    subscriber = listen(call=slow)
    ring()
    deliver(["ear"])
    wait_until(lambda: slow.begun == [0])
    wait_until(lambda: claims.claim_suspect(subscriber) is not None)
    slow.let_go.set()
