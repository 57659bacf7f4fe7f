"""What operators did about an order, and why."""

from collections.abc import Iterator

from config.timeline.entry import TimelineEntry
from config.timeline.subject import Subject
from outbox.models import OperatorAct


def entries(subject: Subject) -> Iterator[TimelineEntry]:
    """Yield the acts that were recorded about the order."""
    for act in OperatorAct.objects.filter(correlation_id=subject.order.id).order_by("id"):
        yield TimelineEntry(
            at=act.at,
            source="operator",
            what=f"{act.actor}: {act.verb}",
            detail=act.reason,
            says=f"operator {act.actor}: {act.verb} ({act.reason})",
            table="outbox_operatoract",
            key=act.pk,
        )
