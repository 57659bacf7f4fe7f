"""Decode the messages of claimed lanes, as far as this code can read them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec

from outbox.declarations import in_flow
from outbox.delivery import failing
from outbox.delivery.claims import Claimed, ClaimedLane, Logged
from outbox.messages import Contract, Envelope, UnknownMessage, decode
from outbox.registry import AnySubscriber, OutsideSubscriber, Receiver, SubscriberGroup
from outbox.retry import Failure


@dataclass(frozen=True, slots=True)
class Work:
    """What one lane owes, to be handled in one turn.

    :ivar result: what a call outside gave; its lane has one message.
    """

    token: UUID
    lane: ClaimedLane
    envelopes: Sequence[Envelope[Any]]
    more: bool
    result: Any = None

    @property
    def last(self) -> int:
        """The sequence up to which the lane is handled when this is done."""
        return self.envelopes[-1].sequence if self.envelopes else self.lane.next - 1

    def apart(self) -> "list[Work]":
        """Return the messages as work for a turn each, in their order."""
        lane, parts = self.lane, []
        for place, envelope in enumerate(self.envelopes, start=1):
            is_last = place == len(self.envelopes)
            more = self.more or not is_last
            parts.append(replace(self, lane=lane, envelopes=[envelope], more=more))
            lane = replace(lane, next=envelope.sequence + 1, attempts=0, refusals=0)
        return parts


def readable(receiver: Receiver, claimed: Claimed) -> list[Work]:
    """Decode what was claimed; a lane whose first message this code cannot read has failed."""
    found = (_readable(receiver, claimed.token, lane) for lane in claimed.lanes)
    return [work for work in found if work is not None]


def _readable(receiver: Receiver, token: UUID, lane: ClaimedLane) -> Work | None:
    envelopes: list[Envelope[Any]] = []
    for logged in lane.messages:
        try:
            message = _message(receiver, logged)
        except (UnknownMessage, msgspec.ValidationError) as error:
            if envelopes:
                return Work(token, lane, envelopes, more=True)
            permanent = isinstance(error, msgspec.ValidationError)
            failing.fail(
                receiver,
                lane,
                token,
                Failure.of(error, permanent=permanent),
                sequence=logged.sequence,
                message_type=logged.type,
            )
            return None
        attempt = 1 if envelopes else lane.attempts + 1
        envelopes.append(_envelope(lane, logged, message, attempt))
    return Work(token, lane, envelopes, lane.more)


def _message(receiver: Receiver, logged: Logged) -> Contract:
    message = decode(logged.type, logged.version, logged.payload)
    if not isinstance(receiver, SubscriberGroup) and not is_subscribed(
        receiver, message, logged.flow
    ):
        raise UnknownMessage(
            f"{receiver.name} is not subscribed to {logged.type} here: deploy the code that is"
        )
    return message


def is_subscribed(subscriber: AnySubscriber, message: Contract, flow: str) -> bool:
    """Tell whether this code hands a subscriber such a message in such a flow."""
    if isinstance(subscriber, OutsideSubscriber) and subscriber.chooses:
        return True
    return type(message) in subscriber.subscriptions and in_flow(
        flow, subscriber.subscriptions[type(message)]
    )


def _envelope(lane: ClaimedLane, logged: Logged, message: Contract, attempt: int) -> Envelope[Any]:
    return Envelope(
        message=message,
        id=logged.id,
        conversation=lane.conversation,
        sequence=logged.sequence,
        flow=logged.flow,
        traceparent=logged.traceparent,
        recorded_at=logged.recorded_at,
        attempt=attempt,
        subscribers=logged.subscribers,
    )
