"""Entries of an order's timeline, which each app offers.

An app that has some yields them from ``entries(subject)`` in its ``timeline.py``, and may say in
``standing(subject)`` what has not ended yet. Nothing else has to be edited: they are found there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Protocol
from uuid import UUID

Source = Literal[
    "order", "message", "delivery", "saga", "gateway", "stock", "projection", "operator"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """What happened, and between which messages it stands. Nothing in it is secret.

    :ivar at: when, by the clock of the process that did it; when it is tried next, if it is to
        come.
    :ivar detail: amounts, units, errors.
    :ivar clause: what it adds to the sentence that explains the order's status, if anything.
    :ivar table: the table that the admin shows it in, and ``key`` the row.
    :ivar message: the message that it is.
    :ivar after: messages that it follows from, and ``before`` those that it has caused.
    """

    at: datetime
    source: Source
    what: str
    detail: str = ""
    clause: str = ""
    table: str = ""
    key: UUID | int | None = None
    message: UUID | None = None
    after: tuple[UUID, ...] = ()
    before: tuple[UUID, ...] = ()


class LoggedMessage(Protocol):
    """A message as the log has it."""

    @property
    def id(self) -> UUID: ...
    @property
    def sequence(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def payload(self) -> Mapping[str, Any]: ...
    @property
    def causation_id(self) -> UUID | None: ...
    @property
    def recorded_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """The order that a timeline is about, and the messages of its conversation that are left.

    :ivar messages: in the order of their commits.
    :ivar day: when the order began; moments of other days are shown with their date.
    """

    order_id: UUID
    messages: Sequence[LoggedMessage]
    day: date

    def published(self, *contracts: type[object], **fields: Any) -> list[LoggedMessage]:
        """Return the messages of some types whose payloads have these values."""
        types = {contract.__name__ for contract in contracts}
        wanted = {name: str(value) for name, value in fields.items()}
        return [each for each in self.messages if each.type in types and _has(each.payload, wanted)]

    def caused_by(self, *causes: UUID | None) -> list[LoggedMessage]:
        """Return the messages that were published while one of these was handled."""
        known = set(causes) - {None}
        return [each for each in self.messages if each.causation_id in known]

    def cause_of(self, message: LoggedMessage) -> tuple[UUID, ...]:
        """Return what a message follows from: its cause, or else what was committed before it.

        A service that acts on an order locks its conversation, so nothing came in between.
        """
        if message.causation_id:
            return (message.causation_id,)
        return tuple(each.id for each in self.messages if each.sequence == message.sequence - 1)

    def clock(self, moment: datetime) -> str:
        """Return the time of a day, with the date if that is not the order's own."""
        form = "at %H:%M:%S" if moment.date() == self.day else "on %Y-%m-%d at %H:%M:%S"
        return moment.strftime(form)


def _has(payload: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    return all(str(payload.get(name)) == value for name, value in wanted.items())
