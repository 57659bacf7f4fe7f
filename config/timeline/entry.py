"""One thing that happened to an order, as a line of its timeline."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Source = Literal[
    "order", "message", "delivery", "saga", "gateway", "stock", "projection", "operator"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """What happened, and between which messages it stands. Nothing in it is secret.

    :ivar at: when, by the clock of whoever did it; when it is tried next, if that is to come.
    :ivar detail: amounts, units, errors.
    :ivar says: what it adds to the sentence that tells how the order ended, if anything.
    :ivar table: the admin's page of it, and ``key`` the row.
    :ivar message: the message that it is.
    :ivar after: messages that it follows from, and ``before`` those that it has brought forth.
    """

    at: datetime
    source: Source
    what: str
    detail: str = ""
    says: str = ""
    table: str = ""
    key: UUID | int | None = None
    message: UUID | None = None
    after: tuple[UUID, ...] = ()
    before: tuple[UUID, ...] = ()
