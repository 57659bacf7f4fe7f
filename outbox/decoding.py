"""Make messages of what was claimed; what this code cannot read fails on the spot."""

from typing import TYPE_CHECKING, Any

import msgspec

from outbox import claims
from outbox.claims import Claim, Owed
from outbox.envelope import Envelope
from outbox.messages import Contract, UnknownMessage, decode
from outbox.registry import Subscriber, in_flow
from outbox.retry import Failure
from outbox.turn import Item

if TYPE_CHECKING:
    from uuid import UUID


def decoded(subscriber: Subscriber, claim: Claim) -> list[Item]:
    """Return what can be handled; what comes behind an unreadable message is given back.

    :raises ClaimLost: the lease has ended and somebody else has claimed what is unreadable.
    """
    items: list[Item] = []
    broken: set[UUID] = set()
    for owed in claim.owed:
        if owed.conversation in broken:
            claims.give_back({owed: 0.0})
            continue
        try:
            message = _message(subscriber, owed)
        except (UnknownMessage, msgspec.ValidationError) as error:
            broken.add(owed.conversation)
            unreadable = isinstance(error, msgspec.ValidationError)
            claims.fail(owed, subscriber, Failure.of(error, permanent=unreadable))
        else:
            items.append(Item(owed, _envelope(owed, message)))
    return items


def _message(subscriber: Subscriber, owed: Owed) -> Contract:
    message = decode(owed.type, owed.version, owed.payload)
    hears = subscriber.hears
    if type(message) not in hears or not in_flow(owed.flow, hears[type(message)]):
        raise UnknownMessage(
            f"{subscriber.name} does not hear {owed.type} here: deploy the code that does"
        )
    return message


def _envelope(owed: Owed, message: Contract) -> Envelope[Any]:
    return Envelope(
        message=message,
        id=owed.message,
        conversation=owed.conversation,
        sequence=owed.sequence,
        flow=owed.flow,
        traceparent=owed.traceparent,
        recorded_at=owed.recorded_at,
        attempt=owed.attempt,
    )
