"""What is owed still, what did not go well at once, and what read models took in."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from config.timeline.entry import TimelineEntry
from config.timeline.subject import Subject
from config.timeline.wording import at_attempt, attempts_made
from outbox.models import FailedAttempt
from outbox.operations.receipts import Receipt, Received, receipts
from outbox.registry import subscribers
from readmodels.projection import projections


def entries(subject: Subject) -> Iterator[TimelineEntry]:
    """Yield the messages that wait, have failed before or were given up, and what was folded.

    When a message that went well was handled is not kept: it stands at the time of its publishing.
    """
    failures = defaultdict(list)
    for row in FailedAttempt.objects.filter(correlation_id=subject.order.id).order_by("id"):
        failures[row.subscriber, row.sequence].append(row)
    for each in receipts(subject.messages):
        name, sequence = each.subscriber, each.message.sequence
        group = subscribers[name].lane if name in subscribers else name
        failed = failures[name, sequence] or failures[group, sequence]
        if each.receipt is Receipt.HANDLED and not failed:
            if name in projections:
                yield _entry(each, f"{name} took in {each.message.type}")
        else:
            what = f"{each.message.type} to {name}: {_state(each, failed)}"
            yield _failed_entry(each, what, failed)


def _entry(received: Received, what: str) -> TimelineEntry:
    return TimelineEntry(
        at=received.message.recorded_at,
        source="projection",
        what=what,
        table="outbox_message",
        key=received.message.id,
        after=(received.message.id,),
    )


def _failed_entry(received: Received, what: str, failed: Sequence[FailedAttempt]) -> TimelineEntry:
    lane, last = received.lane, failed[-1] if failed else None
    is_first = lane is not None and lane.next == received.message.sequence
    return TimelineEntry(
        at=lane.due_at if lane and is_first else last.at if last else received.message.recorded_at,
        source="delivery",
        what=what,
        detail=last.error if last else "",
        says=_says(received, failed),
        table="outbox_lane" if lane else "outbox_message",
        key=lane.pk if lane else received.message.id,
        after=(received.message.id,),
    )


def _state(received: Received, failed: Sequence[FailedAttempt]) -> str:
    tried = attempts_made(_tries(received, failed))
    match received.receipt:
        case Receipt.HANDLED:
            return f"done{at_attempt(len(failed) + 1)}"
        case Receipt.OWED:
            return f"owed after {tried}" if failed else "owed"
        case Receipt.BEHIND:
            return "waits behind a dead letter"
        case _:
            return f"{'a dead letter' if received.lane else 'discarded'} after {tried}"


def _tries(received: Received, failed: Sequence[FailedAttempt]) -> int:
    """Count failed tries: a lane knows them longer than their rows are kept."""
    lane = received.lane
    known = lane.attempts + lane.refusals if lane and lane.next == received.message.sequence else 0
    return max(len(failed), known)


def _says(received: Received, failed: Sequence[FailedAttempt]) -> str:
    if received.receipt not in {Receipt.STOPPED, Receipt.DISCARDED}:
        return ""
    tried = attempts_made(_tries(received, failed))
    end = f"after {tried}" if received.lane else "without its effect"
    kept = received.lane.error if received.lane else ""
    error = failed[-1].error if failed else kept or "no error is known"
    return f"{received.subscriber} gave {received.message.type} up {end} ({error})"
