"""The messages of an order, and to whom each of them went."""

from collections import defaultdict
from collections.abc import Iterator

from config.timeline.entry import Entry
from config.timeline.subject import Subject
from config.timeline.wording import gist
from outbox.models import Delivery


def entries(subject: Subject) -> Iterator[Entry]:
    """Yield every message that retention has left, in the order of their commits."""
    deliveries = Delivery.objects.filter(message__in=subject.messages).order_by("subscriber")
    hearers = defaultdict(list)
    for message_id, subscriber in deliveries.values_list("message_id", "subscriber"):
        hearers[message_id].append(subscriber)
    for message in subject.messages:
        to = f"to {', '.join(hearers[message.id])}" if message.id in hearers else ""
        yield Entry(
            at=message.recorded_at,
            source="message",
            what=message.type,
            detail="; ".join(part for part in (gist(message.payload), to) if part),
            table="outbox_message",
            key=message.id,
            message=message.id,
            after=(message.causation_id,) if message.causation_id else (),
        )


def removed(subject: Subject) -> list[str]:
    """Say what of the log retention has taken away."""
    known = subject.conversation
    if known is None:
        return []
    notes = []
    if known.messages_removed:
        notes.append(
            f"Retention has removed the messages up to number {known.messages_removed}: what is"
            " left of that time stands in the order of the clocks."
        )
    elif known.deliveries_removed:
        notes.append(
            f"Retention has removed the deliveries up to message {known.deliveries_removed}."
        )
    return notes
