"""What waits behind a dead letter costs the others nothing, and comes back with it (M5)."""

from uuid import UUID

import pytest
from django.utils import timezone
from uuid_utils.compat import uuid7

from outbox.dead_letters import Selection
from outbox.models import Delivery
from outbox.parking import let_go_of_orphans, park
from outbox.redrive import discard, redrive
from outbox.registry import Subscriber
from outbox.delivery.relay import owed_names
from outbox.retry import Retry
from tests.outbox.conftest import (
    Ear,
    Listen,
    deliver,
    deliver_until_nothing_moves,
    refuse,
    ring,
    statuses,
)


def looked_at(subscriber: Subscriber) -> int:
    """Count the deliveries among which a claim looks for heads: the due part of its index."""
    owed = Delivery.objects.filter(subscriber=subscriber.name, status="owed", claim=None)
    return owed.filter(due_at__lte=timezone.now()).count()


@pytest.fixture
def parked(listen: Listen, ear: Ear) -> UUID:
    """Return a conversation whose first of three messages is a dead letter."""
    listen(retry=Retry(attempts=1))
    conversation = uuid7()
    for _ in range(3):
        ring(conversation)
    ear.act = refuse(conversation)
    deliver_until_nothing_moves()
    ear.act = None
    assert statuses() == ["dead", "owed", "owed"]
    return conversation


def test_a_claim_looks_at_nothing_that_is_parked(listen: Listen, ear: Ear) -> None:
    subscriber = listen(retry=Retry(attempts=1))
    conversations = [uuid7() for _ in range(50)]
    for conversation in conversations * 3:
        ring(conversation)
    dead = Delivery.objects.filter(subscriber="ear", sequence=1)
    dead.update(status="dead", attempts=1)
    assert looked_at(subscriber) == 100
    assert park() == 100
    assert looked_at(subscriber) == 0
    assert owed_names() == []
    healthy = ring()
    assert looked_at(subscriber) == 1
    deliver()
    assert ear.heard == [(healthy, 1)]


def test_what_is_published_to_a_parked_conversation_is_parked_too(parked: UUID) -> None:
    park()
    ring(parked)
    assert park() == 1
    assert park() == 0
    assert owed_names() == []


def test_what_is_parked_comes_back_with_a_redrive_in_order(parked: UUID, ear: Ear) -> None:
    park()
    redrive(Selection(subscriber="ear"), actor="ada", reason="mended")
    deliver()
    assert ear.heard == [(parked, 1), (parked, 2), (parked, 3)]


def test_what_is_parked_comes_back_with_a_discard(parked: UUID, ear: Ear) -> None:
    park()
    discard(Selection(subscriber="ear"), actor="ada", reason="a test order")
    deliver()
    assert ear.heard == [(parked, 2), (parked, 3)]


def test_what_a_vanished_worker_held_is_parked_too(parked: UUID) -> None:
    Delivery.objects.filter(subscriber="ear", status="owed").update(claim=uuid7())
    assert park() == 2
    assert owed_names() == []
    assert not Delivery.objects.filter(correlation_id=parked, claim__isnull=False).exists()


def test_nothing_stays_parked_without_a_dead_letter(parked: UUID, ear: Ear) -> None:
    """Whoever settles a dead letter by hand need not know of parking."""
    park()
    assert let_go_of_orphans() == 0
    Delivery.objects.filter(status="dead").update(settled_at=timezone.now())
    assert let_go_of_orphans() == 2
    deliver()
    assert ear.heard == [(parked, 2), (parked, 3)]
