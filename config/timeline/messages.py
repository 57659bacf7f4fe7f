"""The messages of an order, and to whom each of them went."""

from collections.abc import Iterator

from config.timeline.entry import TimelineEntry
from config.timeline.subject import Subject
from config.timeline.wording import gist


def entries(subject: Subject) -> Iterator[TimelineEntry]:
    """Yield every message that retention has left, in the order of their commits."""
    for message in subject.messages:
        to = f"to {', '.join(sorted(message.subscribers))}" if message.subscribers else ""
        yield TimelineEntry(
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
    if not known.messages_removed:
        return []
    note = (
        f"Retention has removed the messages up to number {known.messages_removed}: what is left of"
        " that time stands in the order of the clocks."
    )
    return [note]
