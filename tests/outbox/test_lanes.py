"""A lane is what one subscriber is owed of one conversation; no message is skipped (M5)."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from uuid_utils.compat import uuid7

from outbox.delivery import claims
from outbox.delivery import failing as recording
from outbox.delivery.applying import apply
from outbox.delivery.relay import drain, owed_names
from outbox.delivery.work import readable
from outbox.messages import Envelope
from outbox.models import Lane, Message
from outbox.operations.dead_letters import Selection
from outbox.operations.redrive import discard, redrive
from outbox.publishing import collecting, publish, write
from outbox.retry import Retry
from testkit.clock import let_claims_end
from testkit.delivering import hurry
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
from tests.outbox.contracts import Rang
from tests.threads import wait_for_a_lock

PATIENCE = 20.0
publishing_or_not = pytest.mark.parametrize("publishes", [True, False])


def elsewhere(what: Callable[..., Any], *values: Any) -> Future[Any]:
    """Run a function in a thread with a connection of its own, without waiting for it."""

    def run() -> Any:
        try:
            return what(*values)
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    begun = pool.submit(run)
    pool.shutdown(wait=False)
    return begun


@contextmanager
def failing(ear: Ear, sequence: int) -> Iterator[None]:
    """Let the messages with one sequence fail during the block."""

    def act(envelope: Envelope[Any]) -> None:
        if envelope.sequence == sequence:
            raise Trouble("no")

    ear.act = act
    yield
    ear.act = None


def sequences(ear: Ear) -> list[int]:
    return [sequence for _, sequence in ear.heard]


def test_a_conversation_and_a_subscriber_have_one_lane_while_something_is_owed(
    listen: Listen,
) -> None:
    listen()
    conversation = ring()
    ring(conversation)
    assert (lane().correlation_id, lane().next) == (conversation, 1)
    assert statuses() == [OWED, OWED]
    deliver()
    assert not Lane.objects.exists()
    ring(conversation)
    assert lane().next == 3


@publishing_or_not
def test_a_message_that_fails_when_its_worker_was_killed_before_goes_first_all_the_same(
    listen: Listen,
    ear: Ear,
    publishes: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A worker dies holding 1 and 2; 1 fails once when taken over; 3 is published."""
    subscriber = listen(publishes=publishes, retry=Retry(base=60))
    conversation = ring()
    ring(conversation)
    claims.claim(subscriber, 10)
    let_claims_end()
    with failing(ear, 1):
        deliver()
    ring(conversation)
    deliver()
    assert ear.heard == []
    deliver_until_nothing_moves()
    assert sequences(ear) == [1, 2, 3]


@publishing_or_not
def test_a_message_that_this_code_refuses_waits_for_the_one_before_it_and_holds_up_those_behind(
    listen: Listen,
    ear: Ear,
    publishes: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """1 fails once, this code does not know 2, and 3 could be handled."""
    listen(publishes=publishes)
    conversation = ring()
    for _ in range(2):
        ring(conversation)
    second = Message.objects.filter(sequence=2)
    second.update(type="Whistled")
    with failing(ear, 1):
        deliver()
    assert (lane().next, lane().attempts, ear.heard) == (1, 1, [])
    for _ in range(3):
        hurry()
        deliver()
    assert sequences(ear) == [1]
    assert (lane().next, lane().attempts, lane().refusals > 0) == (2, 0, True)
    second.update(type="Rang")
    deliver_until_nothing_moves()
    assert sequences(ear) == [1, 2, 3]


@publishing_or_not
def test_a_worker_that_dies_when_it_has_recorded_a_failure_leaves_the_order_as_it_is(
    listen: Listen,
    ear: Ear,
    monkeypatch: pytest.MonkeyPatch,
    publishes: bool,  # noqa: FBT001 - likewise
) -> None:
    listen(publishes=publishes)
    conversation = ring()
    for _ in range(2):
        ring(conversation)
    fail = recording.fail

    def fail_and_die(*values: Any, **named: Any) -> None:
        fail(*values, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as dying, failing(ear, 1):
        dying.setattr(recording, "fail", fail_and_die)
        with pytest.raises(KeyboardInterrupt):
            deliver()
    ring(conversation)
    let_claims_end()
    with failing(ear, 1):
        deliver()
    assert (lane().next, ear.heard) == (1, [])
    deliver_until_nothing_moves()
    assert sequences(ear) == [1, 2, 3, 4]


def test_what_a_failing_message_has_done_to_its_attempts_is_not_counted_against_the_next(
    listen: Listen, ear: Ear
) -> None:
    listen(retry=Retry(attempts=2))
    conversation = ring()
    ring(conversation)
    with failing(ear, 1):
        deliver()
    assert lane().attempts == 1
    with failing(ear, 2):
        hurry()
        deliver()
    assert (lane().next, lane().attempts, lane().stopped) == (2, 1, False)
    deliver_until_nothing_moves()
    assert statuses() == [HANDLED, HANDLED]


@publishing_or_not
def test_a_lane_stays_for_a_message_that_is_not_visible_yet_when_it_would_end(
    listen: Listen,
    ear: Ear,
    publishes: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """The publisher has seen the lane and not committed yet."""
    listen(publishes=publishes)
    conversation = ring()
    with transaction.atomic():
        publish(Rang(), conversation=conversation)
        worker = elsewhere(deliver)
        if not publishes:
            worker.result(PATIENCE)
            assert sequences(ear) == [1]
    worker.result(PATIENCE)
    deliver()
    assert sequences(ear) == [1, 2]
    assert not Lane.objects.exists()


@publishing_or_not
def test_a_lane_stays_for_a_message_that_came_after_it_was_claimed(
    listen: Listen,
    ear: Ear,
    publishes: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    subscriber = listen(publishes=publishes)
    conversation = ring()
    claimed = claims.claim(subscriber, 10)
    ring(conversation)
    apply(subscriber, readable(subscriber, claimed), [claimed.token])
    assert sequences(ear) == [1]
    assert list(Lane.objects.values_list("next", flat=True)) == [2]
    deliver()
    assert sequences(ear) == [1, 2]


def test_publishers_and_workers_that_meet_lose_nothing(
    listen: Listen, ear: Ear, settings: Settings
) -> None:
    settings.OUTBOX_BATCH = 3
    listen("reader", receive=ear.receive, publishes=False)
    conversation = uuid7()
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            deliver()

    workers = [elsewhere(work) for _ in range(2)]
    publishers = [elsewhere(lambda: [ring(conversation) for _ in range(20)]) for _ in range(3)]
    for each in publishers:
        each.result(30)
    over.set()
    for each in workers:
        each.result(30)
    deliver()
    assert statuses("reader") == [HANDLED] * 60
    assert not Lane.objects.exists()


class Paused:
    """A reader that pauses in the middle of its turn until the test releases it."""

    def __init__(self) -> None:
        self.there = threading.Event()
        self.let_go = threading.Event()
        self.heard: list[int] = []

    def receive(self, envelopes: Any) -> None:
        self.there.set()
        assert self.let_go.wait(4 * PATIENCE)
        self.heard += [each.sequence for each in envelopes]


def test_nobody_who_publishes_waits_for_the_turn_of_a_reader_that_is_paused(
    listen: Listen,
) -> None:
    paused = Paused()
    listen("reader", receive=paused.receive, publishes=False)
    conversation = ring()
    worker = elsewhere(deliver)
    assert paused.there.wait(PATIENCE)
    published = elsewhere(ring, conversation)
    try:
        assert not is_held_up(published), "a publisher waits for a reader"
    finally:
        paused.let_go.set()
        for each in (worker, published):
            each.result(PATIENCE)
    deliver()
    assert paused.heard == [1, 2]


def is_held_up(begun: Future[Any]) -> bool:
    """Tell whether it waits for somebody's lock before it is done."""
    try:
        wait_for_a_lock(begun)
    except AssertionError:
        return False
    return True


@publishing_or_not
def test_a_long_conversation_is_handled_in_one_go_many_messages_a_turn(
    listen: Listen,
    ear: Ear,
    monkeypatch: pytest.MonkeyPatch,
    publishes: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    monkeypatch.setattr(claims, "MOST_MESSAGES", 10)
    listen(publishes=publishes)
    conversation = uuid7()
    with transaction.atomic():
        for _ in range(95):
            publish(Rang(), conversation=conversation)
    deliver()
    assert sequences(ear) == list(range(1, 96))
    assert ear.batches == [10] * 9 + [5]


def test_ten_thousand_messages_of_one_conversation_take_five_statements_for_each_two_hundred(
    listen: Listen, ear: Ear
) -> None:
    listen(publishes=False)
    conversation = uuid7()
    with transaction.atomic(), collecting() as outgoing:
        for _ in range(10_000):
            publish(Rang(), conversation=conversation, flow="long")
        write(outgoing)
    with CaptureQueriesContext(connection) as captured:
        drain(owed_names(), seconds=600)
    assert ear.batches == [claims.MOST_MESSAGES] * 50
    assert sequences(ear) == list(range(1, 10_001))
    to_find_out = len(("who is owed", "since when"))
    of_a_turn = len(("claim", "begin", "hold", "move on or end", "commit"))
    assert len(captured) == to_find_out + 50 * of_a_turn


@pytest.fixture
def stopped(listen: Listen, ear: Ear) -> UUID:
    """Return a conversation whose first of three messages is a dead letter."""
    listen(retry=Retry(attempts=1))
    conversation = uuid7()
    for _ in range(3):
        ring(conversation)
    ear.act = refuse(conversation)
    deliver_until_nothing_moves()
    ear.act = None
    assert statuses() == [STOPPED, BEHIND, BEHIND]
    return conversation


def test_nobody_is_sent_for_what_waits_behind_a_dead_letter(stopped: UUID, ear: Ear) -> None:
    ring(stopped)
    assert Lane.objects.count() == 1
    assert owed_names() == []
    healthy = ring()
    deliver()
    assert ear.heard == [(healthy, 1)]


def test_what_waits_behind_a_dead_letter_comes_back_with_a_redrive_in_order(
    stopped: UUID, ear: Ear
) -> None:
    ring(stopped)
    redrive(Selection(subscriber="ear"), actor="ada", reason="mended")
    deliver()
    assert ear.heard == [(stopped, number) for number in (1, 2, 3, 4)]


def test_what_waits_behind_a_dead_letter_comes_back_with_a_discard(stopped: UUID, ear: Ear) -> None:
    discard(Selection(subscriber="ear"), actor="ada", reason="a test order")
    deliver()
    assert ear.heard == [(stopped, 2), (stopped, 3)]


def test_a_dead_letter_that_a_vanished_worker_held_stays_one(stopped: UUID, ear: Ear) -> None:
    redrive(Selection(conversation=stopped), actor="ada", reason="mended")
    ear.act = refuse(stopped)
    deliver()
    assert statuses() == [STOPPED, BEHIND, BEHIND]
    let_claims_end()
    deliver()
    assert (ear.heard, lane().stopped) == ([], True)


def written_in_place() -> int:
    """Count the lanes that this connection has updated without new index entries (HOT)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_get_xact_tuples_hot_updated('outbox_lane'::regclass)")
        return int(cursor.fetchone()[0])


def test_claiming_for_calls_changes_no_index(listen: Listen) -> None:
    subscriber = listen(call=lambda _: None)
    for _ in range(10):
        ring()
    with transaction.atomic():
        before = written_in_place()
        assert len(claims.claim(subscriber, 100).lanes) == 10
        assert written_in_place() - before == 10


def test_claiming_for_those_who_stay_inside_writes_no_lane(listen: Listen) -> None:
    subscriber = listen()
    for _ in range(10):
        ring()
    rows = Lane.objects.extra(select={"version": "xmin::text"})
    before = list(rows.values_list("pk", "version"))
    assert len(claims.claim(subscriber, 100).lanes) == 10
    assert list(rows.values_list("pk", "version")) == before
