"""Lock claimed lanes in the transaction of the effect, and end or advance them there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from outbox.delivery.claims import RELEASE, ClaimedLane
from outbox.registry import OutsideSubscriber, Receiver


@dataclass(frozen=True, slots=True)
class Settled:
    """A lane whose messages are handled up to ``last``.

    :ivar more: whether something is owed behind that, as far as is known.
    """

    lane: ClaimedLane
    last: int
    more: bool


@dataclass(frozen=True, slots=True)
class Held:
    """The lanes that a turn has locked.

    :ivar length: by lane, the length of its conversation; that at the time of the claim where
        conversations are not locked.
    :ivar now: the time by the database's clock; nothing where nothing is held.
    """

    length: dict[int, int]
    now: datetime | None


def hold(receiver: Receiver, lanes: Sequence[ClaimedLane], tokens: Collection[UUID]) -> Held:
    """Lock lanes until the transaction ends; those that another worker has, or had, are left out.

    Publishers do not touch a lane that exists, so they do not wait. The conversations of a receiver
    that publishes are locked too, in key order to avoid deadlocks.

    :param tokens: the claims that the lanes of one who calls outside have to bear.
    """
    outside = isinstance(receiver, OutsideSubscriber)
    with connection.cursor() as cursor:
        cursor.execute(
            _HOLD_AND_LOCK if receiver.publishes else _HOLD,
            {
                "lanes": [each.id for each in lanes],
                "tokens": list(tokens) if outside else [],
                "inside": not outside,
            },
        )
        rows = cursor.fetchall()
    found = {key: (following, length) for key, following, length, _ in rows}
    length = {
        lane.id: found[lane.id][1] or lane.length
        for lane in lanes
        if lane.id in found and found[lane.id][0] == lane.next
    }
    return Held(length, rows[0][3] if rows else None)


def owed_beyond(receiver: Receiver, lanes: Sequence[Settled]) -> set[int]:
    """Return the lanes that owe messages which came after they were claimed.

    To be asked while the conversations are locked.
    """
    if not lanes:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            _BEYOND,
            [
                [each.lane.id for each in lanes],
                [each.lane.conversation for each in lanes],
                [each.last for each in lanes],
                receiver.names,
            ],
        )
        return {key for (key,) in cursor.fetchall()}


def end_locked(settled: Sequence[Settled], tokens: Collection[UUID]) -> None:
    """End lanes that owe nothing more, and move the others on; conversations are locked."""
    over = [each.lane.id for each in settled if not each.more]
    moved = [each for each in settled if each.more]
    with connection.cursor() as cursor:
        cursor.execute(
            _END_LOCKED,
            {
                "over": over,
                "moved": [each.lane.id for each in moved],
                "next": [each.last + 1 for each in moved],
                "settled": [each.lane.id for each in settled],
                "tokens": list(tokens),
            },
        )


def end_unlocked(settled: Sequence[Settled], tokens: Collection[UUID]) -> int:
    """End the lanes whose conversations are as they were when these were claimed.

    A publisher whose message is not visible yet holds its conversation: that one's lane is moved on
    and stays, since the publisher leaves no second one for this message. Its row and that of its
    lane are held from here to the commit, which should come at once.

    :returns: how many lanes stay.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _END_UNLOCKED,
            {
                "settled": [each.lane.id for each in settled],
                "conversations": [each.lane.conversation for each in settled],
                "lengths": [-1 if each.more else each.lane.length for each in settled],
                "next": [each.last + 1 for each in settled],
                "tokens": list(tokens),
            },
        )
        return int(cursor.rowcount)


_HOLD = """
SELECT id, next, 0, clock_timestamp() FROM outbox_lane
WHERE id = ANY(ARRAY(SELECT unnest(%(lanes)s::bigint[]))) AND NOT stopped AND due_at <= now()
  AND (claim IS NULL AND %(inside)s OR claim = ANY(%(tokens)s::uuid[]))
FOR UPDATE SKIP LOCKED
"""

_HOLD_AND_LOCK = """
WITH held AS MATERIALIZED (
    SELECT id, next, correlation_id FROM outbox_lane
    WHERE id = ANY(ARRAY(SELECT unnest(%(lanes)s::bigint[]))) AND NOT stopped AND due_at <= now()
      AND (claim IS NULL AND %(inside)s OR claim = ANY(%(tokens)s::uuid[]))
    FOR UPDATE SKIP LOCKED
), locked AS MATERIALIZED (
    SELECT id, sequence FROM outbox_conversation
    WHERE id = ANY(ARRAY(SELECT correlation_id FROM held)) ORDER BY id FOR UPDATE
)
SELECT held.id, held.next, locked.sequence, clock_timestamp()
FROM held JOIN locked ON locked.id = held.correlation_id
"""

_BEYOND = """
SELECT l.id FROM unnest(%s::bigint[], %s::uuid[], %s::int[]) AS l (id, conversation, last)
WHERE EXISTS (
    SELECT FROM outbox_message m
    WHERE m.aggregateid = l.conversation AND m.sequence > l.last AND m.subscribers && %s::varchar[])
"""

_MOVED = """
    since = clock_timestamp(), attempts = 0, refusals = 0, claim = NULL,
    message_type = '', error = '', error_type = '', place = '', fault = '', traceback = ''
"""

# Rows are found by arrays of keys: of a join the planner may make a walk through all lanes, for the
# table looks empty whenever nothing is owed. The planner cannot count these arrays: else it would
# plan anew for each number of keys.
_END_LOCKED = f"""
WITH released AS (
    {RELEASE}
), h AS MATERIALIZED (
    SELECT * FROM unnest(%(moved)s::bigint[], %(next)s::int[]) AS h (id, next)
), moved AS (
    UPDATE outbox_lane l SET next = (SELECT h.next FROM h WHERE h.id = l.id), {_MOVED}
    WHERE l.id = ANY(ARRAY(SELECT id FROM h))
)
DELETE FROM outbox_lane WHERE id = ANY(ARRAY(SELECT unnest(%(over)s::bigint[])))
"""  # noqa: S608 - our own text

# FOR SHARE, so that several receivers may end their lanes of one conversation at once.
_END_UNLOCKED = f"""
WITH h AS MATERIALIZED (
    SELECT * FROM unnest(
        %(settled)s::bigint[], %(conversations)s::uuid[], %(lengths)s::int[], %(next)s::int[]
    ) AS h (id, conversation, length, next)
), free AS MATERIALIZED (
    SELECT c.id FROM outbox_conversation c
    WHERE c.id = ANY(ARRAY(SELECT conversation FROM h))
      AND c.sequence = (SELECT h.length FROM h WHERE h.conversation = c.id)
    FOR SHARE OF c SKIP LOCKED
), over AS MATERIALIZED (
    SELECT h.id FROM h WHERE h.conversation = ANY(ARRAY(SELECT id FROM free))
), ended AS (
    DELETE FROM outbox_lane WHERE id = ANY(ARRAY(SELECT id FROM over))
), released AS (
    {RELEASE}
)
UPDATE outbox_lane l SET next = (SELECT h.next FROM h WHERE h.id = l.id), {_MOVED}
WHERE l.id = ANY(ARRAY(SELECT h.id FROM h WHERE h.id <> ALL(ARRAY(SELECT id FROM over))))
"""  # noqa: S608 - likewise
