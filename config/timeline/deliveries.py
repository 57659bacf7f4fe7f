"""Deliveries that did not go well at once, and those that keep the read models."""

from collections.abc import Iterator

from config.timeline.entry import Entry, Source
from config.timeline.subject import Subject
from config.timeline.wording import at_attempt, attempts_made
from outbox.models import Delivery, DeliveryStatus
from readmodels.projection import projections


def entries(subject: Subject) -> Iterator[Entry]:
    """Yield the deliveries that were tried more than once or wait, and what projections took in."""
    rows = Delivery.objects.filter(message__in=subject.messages).select_related("message")
    for row in rows.order_by("sequence", "id"):
        if row.status == DeliveryStatus.DONE and row.subscriber in projections:
            yield _entry(row, "projection", f"{row.subscriber} took in {row.message.type}")
        elif row.status != DeliveryStatus.DONE or row.attempts > 1 or row.refusals:
            yield _entry(row, "delivery", f"{row.message.type} to {row.subscriber}: {_state(row)}")


def _entry(row: Delivery, source: Source, what: str) -> Entry:
    return Entry(
        at=row.settled_at or row.due_at or row.message.recorded_at,
        source=source,
        what=what,
        detail=row.error,
        says=_says(row),
        table="outbox_delivery",
        key=row.pk,
        after=(row.message_id,),
    )


def _state(row: Delivery) -> str:
    if row.status == DeliveryStatus.DONE:
        return f"done{at_attempt(row.attempts)}"
    if row.status == DeliveryStatus.DEAD:
        end = "discarded" if row.settled_at else "a dead letter"
        return f"{end} after {_attempts(row)}"
    if row.due_at is None:
        return "parked behind a dead letter"
    return f"owed after {_attempts(row)}" if row.attempts or row.refusals else "owed"


def _attempts(row: Delivery) -> str:
    return attempts_made(row.attempts or row.refusals)


def _says(row: Delivery) -> str:
    if row.status != DeliveryStatus.DEAD:
        return ""
    end = "without its effect" if row.settled_at else f"after {_attempts(row)}"
    return f"{row.subscriber} gave {row.message.type} up {end} ({row.error or 'no error is known'})"
