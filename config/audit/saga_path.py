"""Check that a saga is where its history leads, by answers that the engine's table has.

Whether the engine decides as its definitions say is proved by the tests, which walk each history by
rules of their own. Here a history is compared with the rows beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from orders.sagas.engine.answers import ignore, let_pass
from orders.sagas.engine.reactions import ANSWERS, OVERDUE
from orders.sagas.models import StepStatus
from orders.sagas.vocabulary.saga import AnyStep, Saga

DEADLINE: Final = "deadline passed"
MIGRATION: Final = "migrated"
BY_OPERATOR: Final = "operator: "

STATUS_OF: Final = {
    **{status.label.lower(): status for status in StepStatus},
    "succeeded late": StepStatus.SUCCEEDED,
}
"""By the words that a history has for it."""

ANSWERED: Final = frozenset(
    {
        *(StepStatus.SUCCEEDED, StepStatus.FAILED, StepStatus.POSTPONED),
        *(StepStatus.UNKNOWN, StepStatus.COMPENSATED),
    }
)
"""Statuses that a step reaches by a reply or a deadline."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A row of the history: what came, what it did to the steps, and the status it led to."""

    cause: str
    status: str
    changes: str


def fault_of(
    saga: type[Saga], entries: Sequence[HistoryRow], *, status: str, steps: Mapping[str, str]
) -> str | None:
    """Follow a history from its beginning; return what is wrong with it, or ``None``.

    :param status: the status of the instance.
    :param steps: the statuses of its steps, by name.
    """
    if not entries or entries[0].cause != saga.started_by.__name__:
        return f"it does not begin with {saga.started_by.__name__}"
    named = {step.name: step for step in saga.every_step}
    reached: dict[str, StepStatus] = {}
    for entry in since_migration(entries):
        for change in entry.changes.split(", "):
            name, _, word = change.partition(" ")
            if name == "saga":
                continue
            if name not in named:
                return f"it has no step for: {change}"
            if word in STATUS_OF:
                if not _is_answer(named[name], reached.get(name), STATUS_OF[word], entry.cause):
                    return f"{change} because of {entry.cause}"
                reached[name] = STATUS_OF[word]
    if entries[-1].status != status or reached != dict(steps):
        return "its history does not lead to its status"
    return None


def since_migration(entries: Sequence[HistoryRow]) -> Sequence[HistoryRow]:
    """Leave out what happened under an older definition; the migration names where that led."""
    migrations = [index for index, entry in enumerate(entries) if entry.cause == MIGRATION]
    return entries[migrations[-1] :] if migrations else entries


def _is_answer(step: AnyStep, before: StepStatus | None, after: StepStatus, cause: str) -> bool:
    """Tell whether the engine's tables let this cause have led to a status."""
    if after not in ANSWERED or cause == MIGRATION or cause.startswith(BY_OPERATOR):
        return True
    status = before or StepStatus.PENDING
    if cause == DEADLINE:
        return OVERDUE[status] is not let_pass
    return any(
        event.__name__ == cause and ANSWERS[status, reply] is not ignore
        for reply, event in step.replies()
    )
