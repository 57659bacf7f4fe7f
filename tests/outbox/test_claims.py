"""A claim fences its worker, and what a vanished worker held is free again (M3, M7)."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from uuid_utils.compat import uuid7

from orders.models import Customer
from outbox import claiming, claims
from outbox.envelope import Envelope
from outbox.models import Delivery, Message
from outbox.publishing import publish
from outbox.registry import Subscriber, Unfinished
from outbox.retry import Retry
from tests.outbox.conftest import (
    Ear,
    Listen,
    deliver,
    ring,
    statuses,
)
from tests.outbox.contracts import Shouted
from tests.shop import let_claims_end


def somebody_else_takes_over() -> None:
    """Take all claims over, on a connection of its own."""
    Delivery.objects.update(claim=uuid7())
    connection.close()


def test_a_worker_that_has_lost_its_claim_commits_nothing(listen: Listen, ear: Ear) -> None:
    """Paused for longer than its lease, it finds that somebody else has taken over."""
    listen()
    ring()

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


def test_a_worker_that_has_lost_its_claim_does_not_even_commit_that_it_has_to_try_again(
    listen: Listen,
) -> None:
    def conclude(envelopes: Sequence[Envelope[Any]], _: Sequence[Any]) -> list[Unfinished]:
        Customer.objects.create(name="Grace Hopper")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(somebody_else_takes_over).result()
        return [Unfinished(envelope, "no answer") for envelope in envelopes]

    listen(call=lambda _: None, conclude=conclude)
    ring()
    deliver()
    assert not Customer.objects.exists()
    (taken_over,) = Delivery.objects.filter(subscriber="ear")
    assert (taken_over.status, taken_over.error) == ("owed", "")


def test_a_commit_that_fails_leaves_its_deliveries_owed(listen: Listen, ear: Ear) -> None:
    """The deferred foreign key is looked at when everything else has been done."""
    listen(retry=Retry(attempts=3, base=60, cap=60))
    ring()

    def act(_: Envelope[Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO auth_user_groups (user_id, group_id) VALUES (-1, -1)")

    ear.act = act
    deliver()
    assert ear.heard
    (owed,) = Delivery.objects.filter(subscriber="ear")
    assert (owed.status, owed.attempts) == ("owed", 1)
    assert owed.error.startswith("IntegrityError")


def test_the_databases_clock_decides_how_long_a_claim_lives(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker whose own clock is an hour behind holds what it has claimed all the same."""
    subscriber = listen()
    ring()
    an_hour_ago = timezone.now() - timedelta(hours=1)
    with monkeypatch.context() as worker:
        worker.setattr(timezone, "now", lambda: an_hour_ago)
        assert len(claims.claim(subscriber, 1).owed) == 1
    assert not claims.claim_suspect(subscriber).owed


def test_what_somebody_holds_is_left_alone(listen: Listen, ear: Ear) -> None:
    subscriber = listen()
    ring()
    held = claims.claim(subscriber, 10)
    assert len(held.owed) == 1
    assert claims.claim(subscriber, 10).owed == []
    deliver()
    assert ear.heard == []


def vanish(subscriber: Subscriber) -> None:
    """Claim everything and never come back: a worker that was killed, when its lease is over."""
    claims.claim(subscriber, 100)
    let_claims_end()


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


_PILED_UP = """
INSERT INTO outbox_delivery (message_id, subscriber, correlation_id, sequence, status, due_at,
                             settled_at, attempts, error, traceback)
SELECT gen_random_uuid(), %s, gen_random_uuid(), 1, %s, clock_timestamp(), %s, 0, '', ''
FROM generate_series(1, %s)
"""


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


@pytest.mark.parametrize("analysed", ["while nothing was owed", "while much was owed"])
def test_a_claim_looks_at_no_more_than_it_takes_whatever_the_statistics_say(
    listen: Listen, analysed: str
) -> None:
    """With all that is owed read and sorted, a long backlog would make every claim slow."""
    listen()
    values: dict[str, Any] = {
        "subscriber": "ear",
        "conversations": 10,
        "token": uuid7(),
        "lease": 15,
        "heads_only": False,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PILED_UP, ["ear", "done", timezone.now(), 20_000])
        if analysed == "while nothing was owed":
            cursor.execute("ANALYZE outbox_delivery")
        cursor.execute(_PILED_UP, ["ear", "owed", None, 2_000])
        if analysed == "while much was owed":
            cursor.execute("ANALYZE outbox_delivery")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {claiming.CLAIM_OWED}", values)
        ((plan,),) = cursor.fetchone()
    looked = [n for n in nodes(plan["Plan"]) if n.get("Index Name") == "outbox_delivery_owed"]
    assert [node["Actual Rows"] for node in looked] == [10]
