"""A lease holds what one claim took until all of it is settled, or its time is over (M7)."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings
from uuid_utils.compat import uuid7

from outbox import claims
from outbox.leases import forget_leases
from outbox.models import Lease
from tests.outbox.conftest import Ear, Listen, deliver, refuse, ring, statuses
from tests.shop import let_claims_end


def test_a_batch_that_is_settled_leaves_no_lease(listen: Listen) -> None:
    listen()
    for _ in range(3):
        ring()
    deliver()
    assert statuses() == ["done"] * 3
    assert not Lease.objects.filter(subscriber="ear").exists()


def test_what_is_left_of_a_batch_is_held_until_the_lease_ends(listen: Listen, ear: Ear) -> None:
    """Whoever settles one of two must not let go of the other: nobody would find it again."""
    subscriber = listen()
    ring()
    ring()
    first, _ = claims.claim(subscriber, 10).owed
    claims.settle([first])
    assert forget_leases() == 0
    let_claims_end()
    assert forget_leases() == 0
    deliver()
    assert statuses() == ["done", "done"]
    assert len(ear.heard) == 1


def test_a_lease_that_holds_nothing_is_forgotten_when_it_ends(listen: Listen, ear: Ear) -> None:
    listen()
    ear.act = refuse(ring())
    ring()
    deliver()
    assert sorted(statuses()) == ["done", "owed"]
    assert Lease.objects.filter(subscriber="ear").exists()
    assert forget_leases() == 0
    let_claims_end()
    assert forget_leases() > 0
    assert not Lease.objects.filter(subscriber="ear").exists()


def test_a_lease_says_until_when(listen: Listen, settings: Settings) -> None:
    settings.OUTBOX_LEASE_SECONDS = 100
    subscriber = listen()
    ring()
    (owed,) = claims.claim(subscriber, 10).owed
    lease = Lease.objects.get(claim=owed.claim)
    assert lease.deliveries == [owed.delivery]
    assert abs(lease.ends_at - timezone.now() - timedelta(seconds=100)) < timedelta(seconds=50)


_CLAIM_OF_EARLIER_CODE = """
UPDATE outbox_delivery
SET claim = %s, attempts = attempts + 1, claimed_until = now() - interval '1 second'
WHERE subscriber = 'ear'
"""


def test_what_earlier_code_has_claimed_is_found_when_its_worker_vanishes(
    listen: Listen, ear: Ear
) -> None:
    """Both run side by side while a new version is rolled out."""
    listen()
    ring()
    ring()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM_OF_EARLIER_CODE, [uuid7()])
    assert Lease.objects.filter(subscriber="ear").count() == 1
    deliver()
    assert statuses() == ["done", "done"]
    assert len(ear.heard) == 2


def written_in_place() -> int:
    """Count the deliveries that this connection has changed without a new entry in an index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_get_xact_tuples_hot_updated('outbox_delivery'::regclass)")
        return int(cursor.fetchone()[0])


def test_claiming_changes_no_index(listen: Listen) -> None:
    subscriber = listen()
    for _ in range(10):
        ring()
    with transaction.atomic():
        before = written_in_place()
        assert len(claims.claim(subscriber, 100).owed) == 10
        assert written_in_place() - before == 10
