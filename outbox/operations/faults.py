"""Dead letters by fault: the same subscriber, type of error and place in our code."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from outbox.acts import record_act
from outbox.models import Fault, Lane

MOST_COUNTED: Final = 5_000
MOST_FAULTS: Final = 100

# Walks the index of dead letters from fault to fault, and counts each up to the limit.
_FAULTS = """
WITH RECURSIVE known AS (
    (SELECT fault FROM outbox_lane WHERE stopped ORDER BY fault LIMIT 1)
    UNION ALL
    SELECT (SELECT l.fault FROM outbox_lane l WHERE l.stopped AND l.fault > k.fault
            ORDER BY l.fault LIMIT 1)
    FROM known k WHERE k.fault IS NOT NULL
), few AS (
    SELECT fault FROM known
    WHERE fault IS NOT NULL AND (%(key)s = '' OR fault = %(key)s) LIMIT %(faults)s
)
SELECT few.fault, l.subscriber, l.error_type, l.place, l.error, l.message_type, l.id,
       (SELECT count(*) FROM (SELECT FROM outbox_lane d WHERE d.stopped AND d.fault = few.fault
                              LIMIT %(most)s) AS dead),
       coalesce((SELECT min(at) FROM outbox_failedattempt f WHERE f.fault = few.fault), l.due_at),
       coalesce((SELECT max(at) FROM outbox_failedattempt f WHERE f.fault = few.fault), l.due_at),
       (SELECT count(*) FROM (SELECT FROM outbox_failedattempt f WHERE f.fault = few.fault
                              AND f.at >= now() - interval '1 hour' LIMIT %(most)s) AS lately),
       (SELECT count(*) FROM (SELECT FROM outbox_failedattempt f WHERE f.fault = few.fault
                              AND f.at >= now() - interval '2 hours'
                              AND f.at < now() - interval '1 hour' LIMIT %(most)s) AS before)
FROM few, LATERAL (
    SELECT * FROM outbox_lane o WHERE o.stopped AND o.fault = few.fault ORDER BY o.id LIMIT 1
) AS l
"""

_BY_HOUR = """
SELECT hour, (SELECT count(*) FROM (
    SELECT FROM outbox_failedattempt f
    WHERE f.fault = %(key)s AND f.at >= hour AND f.at < hour + interval '1 hour'
    LIMIT %(most)s) AS few)
FROM generate_series(date_trunc('hour', now()) - make_interval(hours => %(hours)s - 1),
                     now(), interval '1 hour') AS hour
ORDER BY hour
"""


@dataclass(frozen=True, slots=True)
class FoundFault:
    """A fault that has stopped lanes now.

    :ivar example: the error of its oldest dead letter, ``message_type`` its message, ``lane`` its
        lane.
    :ivar dead: dead letters, counted up to one more than the limit; as the attempts below are.
    :ivar first_seen: when it failed first, as far as failed attempts are kept.
    :ivar last_hour: failed attempts in the last hour, and in ``hour_before`` that.
    """

    key: str
    subscriber: str
    error_type: str
    place: str
    example: str
    message_type: str
    lane: int
    dead: int
    first_seen: datetime
    last_seen: datetime
    last_hour: int
    hour_before: int

    @property
    def trend(self) -> str:
        """Say in a word whether it grows."""
        if self.last_hour == self.hour_before:
            return "steady" if self.last_hour else "quiet"
        return "growing" if self.last_hour > self.hour_before else "falling"

    @property
    def title(self) -> str:
        """Name it for people."""
        return f"{self.error_type or 'Error'} at {self.subscriber}"


def faults(key: str = "") -> list[FoundFault]:
    """Return the faults that have stopped lanes, those with the most dead letters first.

    :param key: only this one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FAULTS, {"most": MOST_COUNTED + 1, "faults": MOST_FAULTS, "key": key})
        found = [FoundFault(*row) for row in cursor.fetchall()]
    return sorted(found, key=lambda each: (-each.dead, each.subscriber, each.key))


def failures_by_hour(key: str, *, hours: int) -> Sequence[tuple[datetime, int]]:
    """Count the failed attempts of a fault in each of the last hours."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_HOUR, {"key": key, "hours": hours, "most": MOST_COUNTED + 1})
        return list(cursor.fetchall())


def conversations_of(key: str) -> Collection[UUID]:
    """Return the conversations that a fault has stopped, the oldest dead letters first."""
    stopped = Lane.objects.filter(stopped=True, fault=key).order_by("pk")
    return list(stopped.values_list("correlation_id", flat=True)[:MOST_COUNTED])


@transaction.atomic
def note_fault(  # noqa: PLR0913 - what is noted, and by whom
    key: str, *, owner: str, fixed_in: str, note: str, actor: str, reason: str
) -> Fault:
    """Note who looks after a fault, and in which release it ends.

    :raises ReasonMissing: the reason is empty.
    """
    before = Fault.objects.select_for_update().filter(pk=key).first()
    noted, _ = Fault.objects.update_or_create(
        pk=key,
        defaults={
            "owner": owner,
            "fixed_in": fixed_in,
            "note": note,
            "noted_by": actor,
            "noted_at": timezone.now(),
        },
    )
    said = {"owner": owner, "fixed_in": fixed_in, "note": note}
    record_act(
        actor=actor,
        verb="note fault",
        subject=key,
        reason=reason,
        details={"before": {name: getattr(before, name, "") for name in said}, "after": said},
    )
    return noted
