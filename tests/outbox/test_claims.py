"""A claim fences its worker, and a vanished worker's lanes become free again (M3, M7)."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings
from uuid_utils.compat import uuid7

from config.database import idle_timeout
from config.environment.paths import ROOT
from orders.models import Customer
from outbox.delivery import claim_statements, claims
from outbox.delivery.applying import apply
from outbox.delivery.work import readable
from outbox.messages import Envelope
from outbox.models import Claim, FailedAttempt, Message
from outbox.publishing import publish
from outbox.registry import AnySubscriber, Unfinished
from outbox.retry import Retry
from testkit.clock import let_claims_end
from testkit.delivering import hurry
from tests.environments import DEVELOPMENT, settings_in
from tests.outbox.conftest import (
    HANDLED,
    OWED,
    Ear,
    Listen,
    Trouble,
    deliver,
    lane,
    refuse,
    ring,
    statuses,
)
from tests.outbox.contracts import Shouted

inside_or_outside = pytest.mark.parametrize("kind", ["receive", "call"])


@pytest.mark.parametrize("publishes", [True, False])
def test_a_worker_that_has_lost_its_claim_commits_nothing(
    listen: Listen,
    ear: Ear,
    publishes: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A worker paused for longer than its lease finds its work done by another."""
    subscriber = listen(publishes=publishes)
    conversation = ring()

    def act(envelope: Envelope[Any]) -> None:
        Customer.objects.create(name="Grace Hopper")
        if envelope.sequence == 1 and publishes:
            publish(Shouted(), conversation=envelope.conversation, flow="loud")

    ear.act = act
    paused = claims.claim(subscriber, 10)
    works = readable(subscriber, paused)
    let_claims_end()
    deliver()
    done = list(ear.heard)
    assert done[0] == (conversation, 1)
    assert apply(subscriber, works, [paused.token]).lost == 1
    assert ear.heard == done
    assert Customer.objects.count() == len(done)
    assert Message.objects.filter(type="Shouted").count() == int(publishes)


def test_a_worker_whose_session_the_database_has_ended_commits_nothing(
    listen: Listen, ear: Ear
) -> None:
    """The database ends the session of a worker that pauses in the middle of a turn."""
    listen(retry=Retry(attempts=3, base=60, cap=60))
    ring()

    def act(envelope: Envelope[Any]) -> None:
        Customer.objects.create(name="Grace Hopper")
        publish(Shouted(), conversation=envelope.conversation, flow="loud")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    ear.act = act
    deliver()
    assert not Customer.objects.exists()
    assert not Message.objects.filter(type="Shouted").exists()
    assert (statuses(), lane().attempts) == ([OWED], 1)


@pytest.mark.parametrize(("statement", "lease", "least"), [(10, 14, 15), (1, 5, 6), (60, 15, 65)])
def test_a_worker_does_not_start_whose_lease_ends_before_a_paused_turn_is_ended(
    statement: int, lease: int, least: int
) -> None:
    variables = {
        **DEVELOPMENT,
        "STATEMENT_TIMEOUT_SECONDS": str(statement),
        "OUTBOX_LEASE_SECONDS": str(lease),
    }
    words = [sys.executable, "-m", "celery", "--app", "config", "worker"]
    ended = subprocess.run(
        words, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 1
    assert ended.stderr.endswith(
        f"OUTBOX_LEASE_SECONDS cannot be {lease}: it wants {least} or more, which is"
        " STATEMENT_TIMEOUT_SECONDS + 5\n"
    )


def test_the_least_lease_is_enough_and_the_defaults_are() -> None:
    environment = settings_in(DEVELOPMENT)
    assert idle_timeout(environment.STATEMENT_TIMEOUT_SECONDS) <= environment.OUTBOX_LEASE_SECONDS


def test_a_worker_that_has_lost_its_claim_does_not_even_commit_that_it_has_to_try_again(
    listen: Listen,
) -> None:
    taken_over: list[claims.Claimed | None] = []

    def call(_: Envelope[Any]) -> None:
        let_claims_end()
        taken_over.append(claims.claim_suspect(subscriber))

    def conclude(envelopes: Sequence[Envelope[Any]], _: Sequence[Any]) -> list[Unfinished]:
        Customer.objects.create(name="Grace Hopper")
        return [Unfinished(envelope, "no answer") for envelope in envelopes]

    subscriber = listen(call=call, conclude=conclude)
    ring()
    deliver()
    assert not Customer.objects.exists()
    (theirs,) = taken_over
    assert theirs
    assert (lane().claim, lane().attempts, lane().error) == (theirs.token, 1, "")
    assert not FailedAttempt.objects.exists()


def claimed_and_unreadable(subscriber: AnySubscriber, conversation: UUID) -> claims.Claimed:
    """Claim with code that does not know the first message, and let the lease expire."""
    first = Message.objects.filter(correlation_id=conversation, sequence=1)
    first.update(type="Whistled")
    claimed = claims.claim(subscriber, 10)
    first.update(type="Rang")
    let_claims_end()
    return claimed


def test_a_worker_whose_message_others_have_handled_records_no_failure(
    listen: Listen, ear: Ear
) -> None:
    subscriber = listen()
    conversation = ring()
    ring(conversation)
    paused = claimed_and_unreadable(subscriber, conversation)
    ear.act = refuse(conversation, sequence=2)
    deliver()
    assert lane().next == 2
    assert readable(subscriber, paused) == []
    assert (lane().next, lane().refusals, lane().error) == (2, 0, "Trouble: no")
    assert FailedAttempt.objects.count() == 1


def test_a_worker_whose_call_others_have_taken_over_records_no_failure(listen: Listen) -> None:
    subscriber = listen(call=lambda _: None)
    paused = claimed_and_unreadable(subscriber, ring())
    taken_over = claims.claim_suspect(subscriber)
    assert taken_over
    assert readable(subscriber, paused) == []
    assert (lane().claim, lane().refusals, lane().error) == (taken_over.token, 0, "")
    assert not FailedAttempt.objects.exists()


def test_a_commit_that_fails_leaves_its_messages_owed(listen: Listen, ear: Ear) -> None:
    """A deferred foreign key is checked only at the commit."""
    listen(retry=Retry(attempts=3, base=60, cap=60))
    ring()

    def act(_: Envelope[Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO auth_user_groups (user_id, group_id) VALUES (-1, -1)")

    ear.act = act
    deliver()
    assert ear.heard
    assert (statuses(), lane().attempts) == ([OWED], 1)
    assert lane().error.startswith("IntegrityError")


@pytest.mark.parametrize("publishes", [True, False])
def test_what_is_committed_is_not_handled_again_when_its_worker_dies_at_that_moment(
    listen: Listen,
    ear: Ear,
    publishes: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    listen(publishes=publishes)
    ring()

    def die() -> None:
        raise KeyboardInterrupt

    ear.act = lambda _: transaction.on_commit(die)
    with pytest.raises(KeyboardInterrupt):
        deliver()
    ear.act = None
    let_claims_end()
    deliver()
    assert len(ear.heard) == 1
    assert statuses() == [HANDLED]


def test_the_databases_clock_decides_how_long_a_claim_lives(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker whose clock is an hour behind still holds its claim."""
    subscriber = listen()
    ring()
    an_hour_ago = timezone.now() - timedelta(hours=1)
    with monkeypatch.context() as worker:
        worker.setattr(timezone, "now", lambda: an_hour_ago)
        assert len(claims.claim(subscriber, 1).lanes) == 1
    assert claims.claim_suspect(subscriber) is None


def test_a_claim_says_who_holds_what_and_until_when(listen: Listen, settings: Settings) -> None:
    settings.OUTBOX_LEASE_SECONDS = 100
    subscriber = listen()
    ring()
    held = claims.claim(subscriber, 10)
    claim = Claim.objects.get(token=held.token)
    assert (claim.subscriber, claim.lanes) == ("ear", [lane().pk])
    assert abs(claim.ends_at - timezone.now() - timedelta(seconds=100)) < timedelta(seconds=50)


@inside_or_outside
def test_a_batch_that_is_settled_leaves_no_claim(listen: Listen, kind: str) -> None:
    listen(**{kind: lambda _: None})
    for _ in range(3):
        ring()
    deliver()
    assert statuses() == [HANDLED] * 3
    assert not Claim.objects.exists()


def test_a_claim_that_is_renewed_lives_on_and_one_that_was_taken_over_does_not(
    listen: Listen,
) -> None:
    subscriber = listen(call=lambda _: None)
    ring()
    held = claims.claim(subscriber, 10)
    claims.renew([held.token])
    assert claims.claim_suspect(subscriber) is None
    let_claims_end()
    claims.renew([held.token])
    taken_over = claims.claim_suspect(subscriber)
    assert taken_over
    assert lane().claim == taken_over.token


@inside_or_outside
def test_what_somebody_holds_is_left_alone(listen: Listen, kind: str) -> None:
    handled: list[Any] = []
    subscriber = listen(**{kind: handled.append})
    ring()
    assert len(claims.claim(subscriber, 10).lanes) == 1
    assert claims.claim(subscriber, 10).lanes == []
    deliver()
    assert handled == []


def vanish(subscriber: AnySubscriber) -> None:
    """Claim everything as a worker that is then killed, and let the lease expire."""
    claims.claim(subscriber, 100)
    let_claims_end()


def test_what_a_vanished_worker_held_is_handled_again_each_alone(listen: Listen, ear: Ear) -> None:
    subscriber = listen()
    conversation = ring()
    for each in (conversation, None, None):
        ring(each)
    vanish(subscriber)
    deliver()
    assert statuses() == [HANDLED] * 4
    assert ear.batches == [1] * 4
    assert [sequence for key, sequence in ear.heard if key == conversation] == [1, 2]
    assert not Claim.objects.exists()


def names() -> list[str]:
    return sorted(Customer.objects.values_list("name", flat=True))


def test_a_worker_that_dies_in_the_middle_of_a_batch_leaves_what_is_left_to_be_tried_alone(
    listen: Listen, ear: Ear
) -> None:
    """The process is killed after a failure has divided the batch and half of it is done."""
    listen(retry=Retry(base=60, cap=60))
    first, failing, deadly, last = (ring() for _ in range(4))
    trouble = {failing: Trouble, deadly: KeyboardInterrupt}

    def act(envelope: Envelope[Any]) -> None:
        if envelope.conversation in trouble:
            raise trouble[envelope.conversation]
        Customer.objects.create(name=str(envelope.conversation))

    ear.act = act
    with pytest.raises(KeyboardInterrupt):
        deliver()
    assert [each.name for each in Customer.objects.all()] == [str(first)]
    trouble.clear()
    ear.batches.clear()
    let_claims_end()
    deliver()
    assert ear.batches == [1] * 2
    assert names() == sorted(map(str, (first, deadly, last)))
    hurry()
    deliver()
    assert names() == sorted(map(str, (first, failing, deadly, last)))


def test_a_message_that_kills_its_worker_is_stopped_alone(listen: Listen, ear: Ear) -> None:
    subscriber = listen(retry=Retry(attempts=2))
    deadly, fine = ring(), ring()
    vanish(subscriber)
    assert claims.claim_suspect(subscriber)
    let_claims_end()
    deliver()
    assert (lane().stopped, lane().correlation_id) == (True, deadly)
    assert (lane().error, lane().error_type) == ("2 workers vanished over it", "WorkerVanished")
    assert (lane().message_type, lane().next) == ("Rang", 1)
    assert ear.heard == [(fine, 1)]


_PILED_UP = """
WITH piled AS (
    INSERT INTO outbox_conversation (id, sequence)
    SELECT gen_random_uuid(), 3 FROM generate_series(1, %(lanes)s) RETURNING id
), logged AS (
    INSERT INTO outbox_message (id, aggregatetype, aggregateid, sequence, type, version, payload,
                                flow, subscribers, traceparent, recorded_at)
    SELECT gen_random_uuid(), 'tests', id, place, 'Rang', 1, '{}', '', '{ear}', '', now()
    FROM piled, generate_series(1, 3) AS place
)
INSERT INTO outbox_lane (subscriber, correlation_id, next, since, due_at, stopped)
SELECT 'ear', id, 1, now(), now() - interval '1 minute', %(stopped)s FROM piled
"""


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


@pytest.mark.parametrize("statement", ["CLAIM_INSIDE", "CLAIM_OUTSIDE"])
@pytest.mark.parametrize("analysed", ["while nothing was owed", "while much was owed"])
def test_a_claim_looks_at_no_more_than_it_takes_whatever_the_statistics_say(
    listen: Listen, analysed: str, statement: str
) -> None:
    """The cost does not depend on dead letters, on what waits behind them, or on the backlog."""
    listen()
    values: dict[str, Any] = {
        "lane": "ear",
        "names": ["ear"],
        "most": 10,
        "messages": 2,
        "token": uuid7(),
        "lease": 15,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PILED_UP, {"lanes": 5_000, "stopped": True})
        if analysed == "while nothing was owed":
            cursor.execute("ANALYZE outbox_lane, outbox_message, outbox_conversation")
        cursor.execute(_PILED_UP, {"lanes": 1_000, "stopped": False})
        if analysed == "while much was owed":
            cursor.execute("ANALYZE outbox_lane, outbox_message, outbox_conversation")
        query = getattr(claim_statements, statement)
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", values)
        ((plan,),) = cursor.fetchone()
    looked = [n for n in nodes(plan["Plan"]) if n.get("Index Name") == "outbox_lane_owed"]
    assert [node["Actual Rows"] for node in looked] == [10]
    read = [n for n in nodes(plan["Plan"]) if n.get("Relation Name") == "outbox_message"]
    assert [(n["Index Name"], n["Actual Rows"]) for n in read] == [("outbox_message_order", 2)]
