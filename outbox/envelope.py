"""A message on its way to a subscriber, with its headers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from outbox.messages import Contract

M = TypeVar("M", bound=Contract)


@dataclass(frozen=True, slots=True)
class Envelope(Generic[M]):
    """A message and its headers.

    :ivar conversation: the correlation id.
    :ivar sequence: the message's place in its conversation, from 1.
    :ivar attempt: how often its subscriber has tried it, this time included.
    :ivar subscribers: to whom it was owed when it was published.
    """

    message: M
    id: UUID
    conversation: UUID
    sequence: int
    flow: str
    traceparent: str
    recorded_at: datetime
    attempt: int
    subscribers: Sequence[str] = ()
