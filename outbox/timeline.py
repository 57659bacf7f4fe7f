"""The timeline of a conversation: its messages, their deliveries, and operators' acts."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from outbox.kit.money import money
from outbox.kit.timeline import Subject, TimelineEntry
from outbox.kit.wording import at_attempt, attempts_made, goods, missing
from outbox.models import FailedAttempt, Message, OperatorAct
from outbox.operations.receipts import Receipt, Received, receipts
from outbox.registry import subscribers

GOODS = ("lines", "held", "reserved", "released", "restocked")
"""Fields of messages that list units by SKU."""

WORDS = ("reason_code", "decline_code", "operation", "reason", "subject")
"""Fields of messages that may be shown; others, such as a token, may not."""


def entries(subject: Subject) -> Iterator[TimelineEntry]:
    """Yield the messages that are left, what is owed of them or has failed, and operators' acts."""
    messages = list(Message.objects.filter(correlation_id=subject.order_id).order_by("sequence"))
    yield from map(_message, messages)
    yield from _deliveries(subject, messages)
    for act in OperatorAct.objects.filter(correlation_id=subject.order_id).order_by("id"):
        yield _act(act)


def _message(message: Message) -> TimelineEntry:
    to = f"to {', '.join(sorted(message.subscribers))}" if message.subscribers else ""
    return TimelineEntry(
        at=message.recorded_at,
        source="message",
        what=message.type,
        detail="; ".join(part for part in (gist(message.payload), to) if part),
        table="outbox_message",
        key=message.id,
        message=message.id,
        after=(message.causation_id,) if message.causation_id else (),
    )


def gist(payload: Mapping[str, Any]) -> str:
    """Return what a message is about: money, goods and reasons."""
    parts = []
    if "amount" in payload and payload.get("currency"):
        parts.append(money(payload["amount"], payload["currency"]))
    parts += [
        goods((line["sku"], line["quantity"]) for line in payload[name])
        for name in GOODS
        if payload.get(name)
    ]
    if lines := payload.get("missing"):
        parts.append(missing(lines))
    parts += [str(payload[name]) for name in WORDS if payload.get(name)]
    return ", ".join(parts)


def _deliveries(subject: Subject, messages: Sequence[Message]) -> Iterator[TimelineEntry]:
    """Yield what is owed, has failed before or was given up, and what groups have handled.

    When a message was handled is not stored: such an entry has the time of its publishing.
    """
    failures = defaultdict(list)
    for row in FailedAttempt.objects.filter(correlation_id=subject.order_id).order_by("id"):
        failures[row.subscriber, row.sequence].append(row)
    for each in receipts(messages):
        name, sequence = each.subscriber, each.message.sequence
        lane = subscribers[name].lane if name in subscribers else name
        failed = failures[name, sequence] or failures[lane, sequence]
        if each.receipt is not Receipt.HANDLED or failed:
            yield _failed(each, failed)
        elif lane != name:
            yield _folded(each)


def _folded(received: Received) -> TimelineEntry:
    return TimelineEntry(
        at=received.message.recorded_at,
        source="projection",
        what=f"{received.subscriber} took in {received.message.type}",
        table="outbox_message",
        key=received.message.id,
        after=(received.message.id,),
    )


def _failed(received: Received, failed: Sequence[FailedAttempt]) -> TimelineEntry:
    lane, last = received.lane, failed[-1] if failed else None
    is_first = lane is not None and lane.next == received.message.sequence
    return TimelineEntry(
        at=lane.due_at if lane and is_first else last.at if last else received.message.recorded_at,
        source="delivery",
        what=f"{received.message.type} to {received.subscriber}: {_state(received, failed)}",
        detail=last.error if last else "",
        clause=_clause(received, failed),
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
    """Count failed attempts: retention may have removed rows that the lane has counted."""
    lane = received.lane
    known = lane.attempts + lane.refusals if lane and lane.next == received.message.sequence else 0
    return max(len(failed), known)


def _clause(received: Received, failed: Sequence[FailedAttempt]) -> str:
    if received.receipt not in {Receipt.STOPPED, Receipt.DISCARDED}:
        return ""
    tried = attempts_made(_tries(received, failed))
    end = f"after {tried}" if received.lane else "without its effect"
    kept = received.lane.error if received.lane else ""
    error = failed[-1].error if failed else kept or "no error is known"
    return f"{received.subscriber} gave {received.message.type} up {end} ({error})"


def _act(act: OperatorAct) -> TimelineEntry:
    return TimelineEntry(
        at=act.at,
        source="operator",
        what=f"{act.actor}: {act.verb}",
        detail=act.reason,
        clause=f"operator {act.actor}: {act.verb} ({act.reason})",
        table="outbox_operatoract",
        key=act.pk,
    )
