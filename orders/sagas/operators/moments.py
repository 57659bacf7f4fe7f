"""What moved a saga, in the order in which it decided: messages, deadlines, verbs, migrations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from orders.sagas.models import SagaHistory, SagaInstance
from outbox.messages import Envelope

_ON_VERSION: Final = "saga on version "
_UNANSWERED = {"unknown", "asked again", "not asked again", "compensation failed"}


@dataclass(frozen=True, slots=True)
class Moment:
    """What moved a saga, or might have: a message, or an entry of its history without one."""

    cause: str
    message: Envelope[Any] | None = None
    entry: SagaHistory | None = None


def moments(
    instance: SagaInstance, history: Sequence[SagaHistory], messages: Sequence[Envelope[Any]]
) -> Iterator[Moment]:
    """Yield what came to a saga, in the order in which it decided.

    A message that changed nothing has no entry: it comes before the next one that has, and after
    the deadlines that had passed when it was published. One that came twice may have two entries.
    """
    message_of = {message.id: message for message in messages}
    entry_of: dict[UUID, SagaHistory] = {}
    waiting: list[SagaHistory] = []
    for entry in history:
        if entry.message_id is None or entry.message_id in entry_of:
            waiting.append(entry)
        else:
            entry_of[entry.message_id] = entry
    first = message_of[instance.started_by].sequence
    place = {entry.pk: number for number, entry in enumerate(history)}
    for message in messages:
        if message.sequence < first:
            continue
        its = entry_of.get(message.id)
        while waiting and (
            place[waiting[0].pk] < place[its.pk] if its else waiting[0].at < message.recorded_at
        ):
            yield _moment(waiting.pop(0), message_of)
        yield Moment(type(message.message).__name__, message, its)
    for entry in waiting:
        yield _moment(entry, message_of)


def _moment(entry: SagaHistory, message_of: Mapping[UUID, Envelope[Any]]) -> Moment:
    message = message_of[entry.message_id] if entry.message_id else None
    return Moment(entry.cause, message, entry)


def overdue_steps(entry: SagaHistory) -> Iterator[str]:
    """Name the steps whose deadline had passed: those with a change that only this brings."""
    for change in entry.changes.split(", "):
        name, _, word = change.partition(" ")
        if word in _UNANSWERED:
            yield name


def version_after(migration: SagaHistory) -> int:
    """Return the version to which a migration has moved a saga."""
    changes = migration.changes.split(", ")
    (version,) = (int(each.rpartition(" ")[2]) for each in changes if each.startswith(_ON_VERSION))
    return version
