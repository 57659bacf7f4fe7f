"""Find out whether each subscriber has handled a message: its receipt, derived from the lanes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from outbox.models import Lane, Message, OperatorAct
from outbox.registry import lane_of


class Receipt(StrEnum):
    """The status of a message at one subscriber."""

    HANDLED = "handled"
    OWED = "owed"
    STOPPED = "dead letter"
    BEHIND = "waits behind a dead letter"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Received:
    """A message at one of its subscribers.

    :ivar lane: the lane in which it is owed, if it is.
    """

    message: Message
    subscriber: str
    receipt: Receipt
    lane: Lane | None = None


def receipts(messages: Collection[Message]) -> list[Received]:
    """Return the receipts of messages, one for each subscriber that they were published for."""
    conversations = {each.correlation_id for each in messages}
    rows = Lane.objects.filter(correlation_id__in=conversations)
    lanes = {(row.correlation_id, row.subscriber): row for row in rows}
    discarded = _discarded(conversations)
    return [
        _received(message, name, lanes, discarded)
        for message in messages
        for name in sorted(message.subscribers)
    ]


def _received(
    message: Message,
    name: str,
    lanes: dict[tuple[UUID, str], Lane],
    discarded: Collection[tuple[UUID, str, int]],
) -> Received:
    """Prefer the lane that a member of a group has of its own to the group's."""
    conversation = message.correlation_id
    group = lane_of(name)
    lane = lanes.get((conversation, name)) or lanes.get((conversation, group))
    if lane is None or message.sequence < lane.next:
        is_discarded = any(
            (conversation, each, message.sequence) in discarded for each in (name, group)
        )
        return Received(message, name, Receipt.DISCARDED if is_discarded else Receipt.HANDLED)
    if not lane.stopped:
        return Received(message, name, Receipt.OWED, lane)
    is_dead = message.sequence == lane.next
    return Received(message, name, Receipt.STOPPED if is_dead else Receipt.BEHIND, lane)


def _discarded(conversations: Iterable[UUID]) -> set[tuple[UUID, str, int]]:
    acts = OperatorAct.objects.filter(correlation_id__in=conversations, verb="discard")
    return {
        (conversation, details.get("subscriber", ""), details.get("sequence", 0))
        for conversation, details in acts.values_list("correlation_id", "details")
        if conversation is not None
    }
