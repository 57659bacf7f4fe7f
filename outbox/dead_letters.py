"""Which dead letters are meant, and what acting on them would touch."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, QuerySet
from django.utils import timezone

from outbox.models import DEAD_LETTER, Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A filter of dead letters; what is not given does not narrow it down.

    :ivar error: a text that the error contains, whatever its case.
    :ivar older_than: how long ago the last try was, at least.
    :ivar limit: take only so many, the oldest first.
    """

    deliveries: Collection[int] | None = None
    subscriber: str = ""
    message_type: str = ""
    error: str = ""
    error_type: str = ""
    older_than: timedelta | None = None
    conversation: UUID | None = None
    limit: int | None = None

    def rows(self) -> QuerySet[Delivery]:
        """Return the dead letters, the oldest first."""
        rows = Delivery.objects.filter(DEAD_LETTER)
        if self.deliveries is not None:
            rows = rows.filter(pk__in=list(self.deliveries))
        exact = {
            "subscriber": self.subscriber,
            "message__type": self.message_type,
            "error_type": self.error_type,
            "correlation_id": self.conversation,
        }
        rows = rows.filter(**{name: value for name, value in exact.items() if value})
        if self.error:
            rows = rows.filter(error__icontains=self.error)
        if self.older_than is not None:
            rows = rows.filter(due_at__lte=timezone.now() - self.older_than)
        return rows.order_by("pk")[: self.limit]


@dataclass(frozen=True, slots=True)
class Group:
    """Dead letters of one kind.

    :ivar example: the error of one of them.
    :ivar since: when the first of them was given up.
    """

    subscriber: str
    message_type: str
    error_type: str
    example: str
    dead: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """What acting on a selection would touch.

    :ivar behind: later deliveries of the same conversations that wait at the same subscribers.
    """

    groups: list[Group]
    conversations: int
    behind: int

    @property
    def dead(self) -> int:
        """Count the dead letters."""
        return sum(group.dead for group in self.groups)


def preview(selection: Selection) -> Preview:
    """Say what acting on a selection would touch; nothing is changed."""
    rows = Delivery.objects.filter(pk__in=selection.rows().values("pk"))
    groups = (
        rows.values("subscriber", "message__type", "error_type")
        .annotate(example=Min("error"), dead=Count("pk"), since=Min("due_at"))
        .order_by("-dead", "subscriber")
        .values_list("subscriber", "message__type", "error_type", "example", "dead", "since")
    )
    before = rows.filter(
        subscriber=OuterRef("subscriber"),
        correlation_id=OuterRef("correlation_id"),
        sequence__lt=OuterRef("sequence"),
    )
    return Preview(
        groups=[Group(*group) for group in groups],
        conversations=rows.aggregate(number=Count("correlation_id", distinct=True))["number"],
        behind=Delivery.objects.filter(Exists(before), settled_at__isnull=True).count(),
    )
