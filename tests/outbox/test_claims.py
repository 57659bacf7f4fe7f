"""A claim fences its worker, and what a vanished worker held is free again (M3, M7)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from uuid_utils.compat import uuid7

from orders.models import Customer
from outbox import claims
from outbox.envelope import Envelope
from outbox.models import Delivery, Message
from outbox.publishing import publish
from outbox.registry import Subscriber
from outbox.retry import Retry
from tests.outbox.conftest import (
    Ear,
    Listen,
    deliver,
    ring,
    statuses,
)
from tests.outbox.contracts import Shouted


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
