"""Leases of claims that were not settled at once: calls, and batches with a failure among them."""

from django.db import connection

_FORGET = """
DELETE FROM outbox_lease WHERE claim = ANY(ARRAY(
    SELECT l.claim FROM outbox_lease l
    WHERE l.ends_at < now() AND NOT EXISTS (
        SELECT FROM outbox_delivery d WHERE d.id = ANY(l.deliveries) AND d.claim = l.claim)
    FOR UPDATE SKIP LOCKED))
"""


def forget_leases() -> int:
    """Remove the leases that have ended and hold nothing any more; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)
        return int(cursor.rowcount)
