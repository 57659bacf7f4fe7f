"""Claim lanes for a worker, renew claims and release them, by the database's clock."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection

from outbox.delivery.claim_statements import (
    CLAIM_AT_REST,
    CLAIM_INSIDE,
    CLAIM_OUTSIDE,
    CLAIM_SUSPECT,
    TAKE_OVER,
)
from outbox.registry import OutsideSubscriber, Receiver, SubscriberGroup, leading

MOST_MESSAGES = 200
"""Messages of one lane that a turn takes; the next turn goes on."""


UNTIL_AT_REST = 5.0
"""Seconds for which read models let others go first who are owed something of a conversation."""

UNTIL_SETTLED = 0.25
"""Seconds for which they also wait for a call outside: the turn that concludes it settles most
conversations and hands them everything at once, so each row is written once. While workers are
behind by more than that, they wait for calls as for anything else."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A message as it stands in the log, its payload not yet decoded.

    :ivar subscribers: the names of all to whom it was owed when it was published.
    """

    id: UUID
    sequence: int
    type: str
    version: int
    payload: str
    flow: str
    traceparent: str
    recorded_at: datetime
    subscribers: Sequence[str]


@dataclass(frozen=True, slots=True)
class ClaimedLane:
    """A lane and the messages that it owes, as they stood when it was claimed.

    :ivar attempts: how often the first message was tried before.
    :ivar length: how many messages the conversation had.
    :ivar messages: those that are owed, the first so many of them.
    :ivar more: whether there were more.
    """

    id: int
    conversation: UUID
    next: int
    attempts: int
    refusals: int
    length: int
    messages: Sequence[Logged]
    more: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """Lanes that are held under one token.

    :ivar is_full: whether more may be owed than was claimed.
    """

    token: UUID
    lanes: Sequence[ClaimedLane]
    is_full: bool = False


def claim(receiver: Receiver, most: int) -> Claimed:
    """Claim lanes that are due, those that have waited longest first.

    A group leaves out conversations in which another subscriber is about to go on, for a moment at
    most: it takes in all of that at once.
    """
    messages, query = MOST_MESSAGES, CLAIM_INSIDE
    if isinstance(receiver, SubscriberGroup):
        query = CLAIM_AT_REST
    elif isinstance(receiver, OutsideSubscriber):
        messages, query = 1, CLAIM_OUTSIDE
    token, rows = _claim(query, receiver, most, messages)
    lanes = _lanes(rows, messages)
    return Claimed(token, lanes, is_full=len(lanes) == most)


def take_over(receiver: Receiver, conversations: Collection[UUID]) -> Claimed:
    """Lock the lanes of these conversations until the transaction ends, but those in trouble.

    The conversations have to be locked, so that nothing is added to them meanwhile.
    """
    rows = _execute(TAKE_OVER, receiver, MOST_MESSAGES, {"conversations": list(conversations)})
    return Claimed(UUID(int=0), _lanes(rows, MOST_MESSAGES))


def claim_suspect(receiver: Receiver) -> Claimed | None:
    """Claim one lane of a worker that vanished, alone: its first message may be what killed it.

    :returns: nothing when no claim has run out; a claim without lanes when all that a vanished
        worker held is over.
    """
    token, rows = _claim(CLAIM_SUSPECT, receiver, 1, 1)
    if not rows:
        return None
    return Claimed(token, _lanes([row for row in rows if row[0] is not None], 1))


def _claim(
    query: str, receiver: Receiver, most: int, messages: int
) -> tuple[UUID, list[tuple[Any, ...]]]:
    token = uuid4()
    words = {
        "most": most,
        "token": token,
        "lease": settings.OUTBOX_LEASE_SECONDS,
        "patience": UNTIL_AT_REST,
        "moment": UNTIL_SETTLED,
        "leading": leading(),
    }
    return token, _execute(query, receiver, messages, words)


def _execute(
    query: str, receiver: Receiver, messages: int, words: dict[str, Any]
) -> list[tuple[Any, ...]]:
    inside = not isinstance(receiver, OutsideSubscriber)
    always: dict[str, Any] = {"lane": receiver.name, "names": receiver.names, "inside": inside}
    with connection.cursor() as cursor:
        cursor.execute(query, always | words | {"messages": messages + 1})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _lanes(rows: Iterable[tuple[Any, ...]], most: int) -> list[ClaimedLane]:
    """Bring together the rows of each lane, of which there is one for each message."""
    messages: dict[tuple[Any, ...], list[Logged]] = {}
    for row in rows:
        of_lane = messages.setdefault(row[:6], [])
        if row[6] is not None:
            of_lane.append(Logged(*row[6:]))
    return [
        ClaimedLane(
            id=key,
            conversation=conversation,
            next=following,
            attempts=attempts,
            refusals=refusals,
            length=length,
            messages=owed[:most],
            more=len(owed) > most,
        )
        for (key, conversation, following, attempts, refusals, length), owed in messages.items()
    ]


def renew(tokens: Collection[UUID]) -> None:
    """Hold on to what is being worked on; a claim that has run out stays lost."""
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, [settings.OUTBOX_LEASE_SECONDS, list(tokens)])


def release(tokens: Collection[UUID]) -> None:
    """Remove claims whose lanes are all settled, or free for others."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, {"tokens": list(tokens), "settled": []})


_RENEW = """
UPDATE outbox_claim SET ends_at = clock_timestamp() + make_interval(secs => %s)
WHERE token = ANY(%s) AND ends_at > now()
"""

# One that a lane still bears has to run out: without it no worker would ever take the lane.
# Counting is no join, of which the planner may make a walk through all lanes.
RELEASE = """DELETE FROM outbox_claim c
WHERE c.token = ANY(ARRAY(SELECT unnest(%(tokens)s::uuid[]))) AND 0 = (
    SELECT count(*) FROM outbox_lane l
    WHERE l.id = ANY(c.lanes) AND l.id <> ALL(%(settled)s::bigint[]) AND l.claim = c.token)"""
