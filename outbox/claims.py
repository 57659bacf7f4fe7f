"""Claim owed deliveries, settle them, and give them back. The database's clock decides."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection

from outbox.claiming import CLAIM_OWED, CLAIM_SUSPECT
from outbox.registry import Subscriber
from outbox.retry import UNTIL_DEPLOYED, Failure


class ClaimLost(Exception):
    """Another worker holds these deliveries by now: what was done here must not be committed."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A claimed delivery as it stands in the tables, its payload not yet decoded.

    :ivar claim: the token under which it is held.
    """

    delivery: int
    attempt: int
    message: UUID
    conversation: UUID
    sequence: int
    type: str
    version: int
    payload: str
    flow: str
    traceparent: str
    recorded_at: datetime
    refusals: int
    claim: UUID


@dataclass(frozen=True, slots=True)
class Claim:
    """Deliveries held under one token until the lease ends."""

    owed: Sequence[Owed]
    conversations: int

    @property
    def is_full(self) -> bool:
        """Whether more may be owed than was claimed."""
        return len({owed.conversation for owed in self.owed}) == self.conversations


def claim(subscriber: Subscriber, conversations: int) -> Claim:
    """Claim what is owed to a subscriber, oldest first, in a commit of its own.

    The head of a conversation gates the rest of it: nobody else can claim a later message while
    an earlier one is unsettled. Attempts are counted here, before any handler runs.
    """
    return _claim(CLAIM_OWED, subscriber, conversations)


def claim_suspect(subscriber: Subscriber) -> Claim:
    """Claim one delivery whose worker vanished, alone: its message may be what killed it."""
    return _claim(CLAIM_SUSPECT, subscriber, 1)


def _claim(query: str, subscriber: Subscriber, conversations: int) -> Claim:
    token = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            query,
            {
                "subscriber": subscriber.name,
                "conversations": conversations,
                "token": token,
                "lease": settings.OUTBOX_LEASE_SECONDS,
                "heads_only": subscriber.call is not None,
            },
        )
        return Claim([Owed(*row) for row in cursor.fetchall()], conversations)


def still_held(owed: Sequence[Owed]) -> set[int]:
    """Return those of these deliveries that nobody else has claimed meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, _keys(owed))
        return {delivery for (delivery,) in cursor.fetchall()}


def settle(owed: Sequence[Owed]) -> None:
    """Mark deliveries as done in the transaction that holds their effect.

    :raises ClaimLost: the lease has ended and somebody else has claimed one of them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, _keys(owed))
        if cursor.rowcount != len(owed):
            raise ClaimLost


def fail(owed: Owed, subscriber: Subscriber, failure: Failure) -> None:
    """Record a failure: owed again later by the subscriber's policy, or a dead letter.

    What this code does not know is refused: that uses up no attempt of code which does.

    :raises ClaimLost: the lease has ended and somebody else has claimed it.
    """
    retry = UNTIL_DEPLOYED if failure.unknown else subscriber.retry
    tries = owed.refusals + 1 if failure.unknown else owed.attempt
    dead = failure.permanent or retry.exhausted(tries)
    with connection.cursor() as cursor:
        cursor.execute(
            _FAIL,
            {
                "delivery": owed.delivery,
                "claim": owed.claim,
                "status": "dead" if dead else "owed",
                "delay": failure.after + retry.delay(tries),
                "refused": int(failure.unknown),
                "error": failure.error[:300],
                "error_type": failure.error_type[:80],
                "traceback": failure.traceback,
            },
        )
        if cursor.rowcount != 1:
            raise ClaimLost


def give_back(delays: Mapping[Owed, float]) -> None:
    """Return deliveries that were claimed but not tried.

    :param delays: by delivery, the seconds until it may be claimed again; 0 keeps its place.
    :raises ClaimLost: the lease has ended and somebody else has claimed one of them.
    """
    if not delays:
        return
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, {**_keys(list(delays)), "delays": list(delays.values())})
        if cursor.rowcount != len(delays):
            raise ClaimLost


def _keys(owed: Sequence[Owed]) -> dict[str, list[Any]]:
    held = Counter(each.claim for each in owed)
    return {
        "deliveries": [each.delivery for each in owed],
        "claims": list(held),
        "held": list(held.values()),
    }


_HELD = """
SELECT id FROM outbox_delivery WHERE id = ANY(%(deliveries)s) AND claim = ANY(%(claims)s)
"""

# As a rule all that a lease holds is settled at once, and it goes; see leases.py for the others.
_SETTLE = """
WITH over AS (
    DELETE FROM outbox_lease l
    USING unnest(%(claims)s::uuid[], %(held)s::int[]) AS settled (claim, held)
    WHERE l.claim = settled.claim AND cardinality(l.deliveries) = settled.held
)
UPDATE outbox_delivery
SET status = 'done', settled_at = clock_timestamp(), claim = NULL
WHERE id = ANY(%(deliveries)s) AND claim = ANY(%(claims)s)
"""

_FAIL = """
UPDATE outbox_delivery
SET status = %(status)s, due_at = clock_timestamp() + make_interval(secs => %(delay)s),
    attempts = attempts - %(refused)s, refusals = refusals + %(refused)s,
    error = %(error)s, error_type = %(error_type)s, traceback = %(traceback)s, claim = NULL
WHERE id = %(delivery)s AND claim = %(claim)s
"""

_GIVE_BACK = """
UPDATE outbox_delivery d
SET attempts = d.attempts - 1, claim = NULL,
    due_at = CASE WHEN g.delay > 0
                  THEN clock_timestamp() + make_interval(secs => g.delay) ELSE d.due_at END
FROM unnest(%(deliveries)s::bigint[], %(delays)s::float8[]) AS g (id, delay)
WHERE d.id = g.id AND d.claim = ANY(%(claims)s)
"""
