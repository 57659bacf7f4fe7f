"""Record that the first message of a lane has failed, or free a lane that was not tried."""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from django.db import connection

from outbox.delivery.claims import ClaimedLane
from outbox.kit.texts import fit
from outbox.models.lanes import ERROR_LENGTH, ERROR_TYPE_LENGTH, FAULT_LENGTH, PLACE_LENGTH
from outbox.registry import OutsideSubscriber, Receiver
from outbox.retry import UNTIL_DEPLOYED, Failure

LONGEST_TRACEBACK = 50_000
"""Characters."""


def fail(  # noqa: PLR0913 - what a lane says of its first message
    receiver: Receiver,
    lane: ClaimedLane,
    token: UUID,
    failure: Failure,
    *,
    sequence: int,
    message_type: str,
) -> None:
    """Record that the message at ``sequence``, the first that the lane owes now, has failed.

    It is tried again by the receiver's policy, or stops the lane. What this code does not know is
    refused: that uses up no attempt of code which does. Nothing is recorded by a worker whose lane
    has been taken over.
    """
    retry = UNTIL_DEPLOYED if failure.unknown else receiver.retry
    tries = (lane.refusals if failure.unknown else lane.attempts) + 1
    with connection.cursor() as cursor:
        cursor.execute(
            _FAIL,
            {
                "lane": lane.id,
                "token": token if isinstance(receiver, OutsideSubscriber) else None,
                "next": lane.next,
                "sequence": sequence,
                "refused": int(failure.unknown),
                "permanent": failure.permanent,
                "most": retry.attempts,
                "delay": failure.after + retry.delay(tries),
                "message_type": message_type,
                "error": fit(failure.error, ERROR_LENGTH),
                "error_type": fit(failure.error_type, ERROR_TYPE_LENGTH),
                "place": fit(failure.place, PLACE_LENGTH),
                "fault": _key_of(receiver.name, failure),
                "traceback": fit(failure.traceback, LONGEST_TRACEBACK),
            },
        )


def free_untried(
    lanes: Sequence[ClaimedLane], tokens: Sequence[UUID], delays: Sequence[float]
) -> None:
    """Free lanes that were not tried, each of a claim, to be tried after so many seconds."""
    if lanes:
        with connection.cursor() as cursor:
            cursor.execute(_FREE_UNTRIED, [[each.id for each in lanes], list(tokens), list(delays)])


def _key_of(subscriber: str, failure: Failure) -> str:
    """Return the key of a fault: what fails alike has the same one."""
    alike = f"{subscriber}\n{failure.error_type}\n{failure.place}"
    return sha256(alike.encode(errors="replace")).hexdigest()[:FAULT_LENGTH]


_FAIL = """
WITH failed AS (
    UPDATE outbox_lane
    SET next = %(sequence)s, claim = NULL, message_type = %(message_type)s,
        due_at = clock_timestamp() + make_interval(secs => %(delay)s),
        attempts = attempts + 1 - %(refused)s, refusals = refusals + %(refused)s,
        stopped = %(permanent)s
            OR CASE %(refused)s WHEN 1 THEN refusals ELSE attempts END + 1 >= %(most)s,
        error = %(error)s, error_type = %(error_type)s, traceback = %(traceback)s,
        place = %(place)s, fault = %(fault)s
    WHERE id = %(lane)s AND next = %(next)s AND NOT stopped
      AND claim IS NOT DISTINCT FROM %(token)s::uuid
    RETURNING subscriber, correlation_id, next, message_type, attempts + refusals AS attempt,
              stopped, error, error_type, place, fault
)
INSERT INTO outbox_failedattempt (
    subscriber, correlation_id, sequence, message_type, attempt,
    stopped, error, error_type, place, fault, at
)
SELECT failed.*, clock_timestamp() FROM failed
"""

_FREE_UNTRIED = """
UPDATE outbox_lane l
SET claim = NULL,
    due_at = CASE WHEN g.delay > 0
                  THEN clock_timestamp() + make_interval(secs => g.delay) ELSE l.due_at END
FROM unnest(%s::bigint[], %s::uuid[], %s::float8[]) AS g (id, token, delay)
WHERE l.id = g.id AND l.claim = g.token
"""
