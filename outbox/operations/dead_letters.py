"""Select dead letters, and preview what acting on them would affect."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from outbox.models import Lane
from outbox.registry import receivers

MOST_COUNTED = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A filter of dead letters; fields that are not given do not filter.

    :ivar lanes: the ids of the stopped lanes.
    :ivar error: a text that the error contains, ignoring case.
    :ivar fault: the key of a fault.
    :ivar older_than: the least time since the last attempt.
    :ivar limit: the oldest so many.
    """

    lanes: Collection[int] | None = None
    subscriber: str = ""
    message_type: str = ""
    error: str = ""
    error_type: str = ""
    fault: str = ""
    older_than: timedelta | None = None
    conversation: UUID | None = None
    limit: int | None = None

    def rows(self, *, after: int = 0, upto: int | None = None) -> QuerySet[Lane]:
        """Return the stopped lanes, the oldest first.

        :param after: leave out this lane and those before.
        :param upto: leave out the lanes behind this one.
        """
        rows = Lane.objects.filter(stopped=True, pk__gt=after)
        if upto is not None:
            rows = rows.filter(pk__lte=upto)
        if self.lanes is not None:
            rows = rows.filter(pk__in=list(self.lanes))
        exact = {
            "subscriber": self.subscriber,
            "message_type": self.message_type,
            "error_type": self.error_type,
            "fault": self.fault,
            "correlation_id": self.conversation,
        }
        rows = rows.filter(**{name: value for name, value in exact.items() if value})
        if self.error:
            rows = rows.filter(error__icontains=self.error)
        if self.older_than is not None:
            rows = rows.filter(due_at__lte=timezone.now() - self.older_than)
        return rows.order_by("pk")[: self.limit]


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Dead letters with the same subscriber, message type and error type.

    :ivar example: the error of one of them.
    :ivar since: when the first of them became one.
    """

    subscriber: str
    message_type: str
    error_type: str
    example: str
    dead: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """What acting on a selection would affect.

    :ivar behind: messages that wait behind the dead letters; counted up to 5,000.
    """

    groups: list[ErrorGroup]
    conversations: int
    behind: int

    @property
    def dead(self) -> int:
        """The number of dead letters."""
        return sum(group.dead for group in self.groups)


def preview(selection: Selection) -> Preview:
    """Return what acting on a selection would affect; change nothing."""
    rows = Lane.objects.filter(pk__in=selection.rows().values("pk"))
    groups = (
        rows.values("subscriber", "message_type", "error_type")
        .annotate(example=Min("error"), dead=Count("pk"), since=Min("due_at"))
        .order_by("-dead", "subscriber")
        .values_list("subscriber", "message_type", "error_type", "example", "dead", "since")
    )
    return Preview(
        groups=[ErrorGroup(*group) for group in groups],
        conversations=rows.aggregate(number=Count("correlation_id", distinct=True))["number"],
        behind=_behind(rows),
    )


def _behind(rows: QuerySet[Lane]) -> int:
    """Count the messages that wait behind dead letters, up to ``MOST_COUNTED``."""
    carried = [(receiver.name, name) for receiver in receivers() for name in receiver.names]
    with connection.cursor() as cursor:
        cursor.execute(
            _BEHIND,
            {
                "stopped": list(rows.values_list("pk", flat=True)[:MOST_COUNTED]),
                "lanes": [lane for lane, _ in carried],
                "names": [name for _, name in carried],
                "most": MOST_COUNTED,
            },
        )
        return int(cursor.fetchone()[0])


_BEHIND = """
SELECT count(*) FROM (
    SELECT FROM outbox_lane l
    JOIN outbox_message m ON m.aggregateid = l.correlation_id AND m.sequence > l.next
    WHERE l.id = ANY(%(stopped)s) AND EXISTS (
        SELECT FROM unnest(%(lanes)s::text[], %(names)s::text[]) AS known (lane, name)
        WHERE known.lane = l.subscriber AND known.name = ANY(m.subscribers))
    LIMIT %(most)s
) AS behind
"""
