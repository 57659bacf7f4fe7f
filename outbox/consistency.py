"""Consistency tokens: a write hands one out, and a read that carries it is no older than the write.

A token says how far a conversation had come when the write was committed. To clients it is opaque.
"""

import struct
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from outbox.registry import subscribers

HEADER = "Consistency-Token"
"""Carries it in both directions."""

_LAYOUT = struct.Struct(">16sI")

_REACHED = "SELECT sequence FROM outbox_conversation WHERE id = %s"

_BEHIND = """
SELECT EXISTS (
    SELECT FROM outbox_lane WHERE correlation_id = %s AND subscriber = ANY(%s) AND next <= %s)
"""


class UnknownToken(ValueError):
    """This text is no consistency token."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a conversation had come: the sequence of its last message."""

    conversation: UUID
    sequence: int

    @property
    def token(self) -> str:
        content = _LAYOUT.pack(self.conversation.bytes, self.sequence)
        return urlsafe_b64encode(content).rstrip(b"=").decode()


def beginning_of(conversation: UUID) -> Position:
    """Return where a conversation stands that the caller has begun with one message."""
    return Position(conversation, 1)


def end_of(conversation: UUID) -> Position:
    """Return how far a conversation has come.

    Within a transaction that has published to it that is what will be committed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REACHED, [conversation])
        row = cursor.fetchone()
        return Position(conversation, row[0] if row else 0)


def position_of(token: str) -> Position:
    """Read a token back.

    :raises UnknownToken: it was not made here.
    """
    try:
        content = b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        conversation, sequence = _LAYOUT.unpack(content)
    except (ValueError, struct.error) as error:
        raise UnknownToken(token) from error
    return Position(UUID(bytes=conversation), sequence)


def has_reached(subscriber: str, position: Position) -> bool:
    """Say whether a subscriber is owed nothing of a conversation up to a position.

    It may have heard less than all of it: what it does not hear it is not owed. A dead letter is
    owed until somebody settles it.
    """
    lanes = [subscriber, subscribers[subscriber].lane]
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [position.conversation, lanes, position.sequence])
        (behind,) = cursor.fetchone()
    return not behind
