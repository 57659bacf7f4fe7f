"""Consistency tokens: a read that carries the token of a write is no older than that write.

A token holds the sequence that a conversation had reached at the commit; clients treat it as
opaque.
"""

import struct
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from outbox.conversations import reached
from outbox.registry import subscribers

HEADER = "Consistency-Token"
"""The header of requests and answers that carries the token."""

_LAYOUT = struct.Struct(">16sI")

_BEHIND = """
SELECT EXISTS (
    SELECT FROM outbox_lane WHERE correlation_id = %s AND subscriber = ANY(%s) AND next <= %s)
"""


class UnknownToken(ValueError):
    """This is no consistency token."""


@dataclass(frozen=True, slots=True)
class Position:
    """The sequence that a conversation had reached."""

    conversation: UUID
    sequence: int

    @property
    def token(self) -> str:
        content = _LAYOUT.pack(self.conversation.bytes, self.sequence)
        return urlsafe_b64encode(content).rstrip(b"=").decode()


def beginning_of(conversation: UUID) -> Position:
    """Return the position of a conversation whose first message the caller has just published."""
    return Position(conversation, 1)


def end_of(conversation: UUID) -> Position:
    """Return the position of a conversation, including what the open transaction has published."""
    return Position(conversation, reached([conversation]).get(conversation, 0))


def position_of(token: str) -> Position:
    """Decode a token.

    :raises UnknownToken: the text is no token.
    """
    try:
        content = b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        conversation, sequence = _LAYOUT.unpack(content)
    except (ValueError, struct.error) as error:
        raise UnknownToken(token) from error
    return Position(UUID(bytes=conversation), sequence)


def has_reached(subscriber: str, position: Position) -> bool:
    """Tell whether a subscriber has handled all it was owed of a conversation up to a position.

    A dead letter counts as owed until an operator redrives or discards it.
    """
    lanes = [subscriber, subscribers[subscriber].lane]
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [position.conversation, lanes, position.sequence])
        (behind,) = cursor.fetchone()
    return not behind
