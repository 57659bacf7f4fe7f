"""Whether the history of one saga is a legal path of its definition.

The rules are written down a second time on purpose: an engine that decides wrongly must not be
judged by its own decisions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from orders.sagas.definition import Pivot, Retriable, Saga, Step
from orders.sagas.models import SagaStatus, StepStatus

DEADLINE = "deadline passed"
AGAIN = "asked again"
LATE = "succeeded late"

DISPATCHED, SUCCEEDED, FAILED = StepStatus.DISPATCHED, StepStatus.SUCCEEDED, StepStatus.FAILED
UNKNOWN, COMPENSATING = StepStatus.UNKNOWN, StepStatus.COMPENSATING
COMPENSATED, GIVEN_UP = StepStatus.COMPENSATED, StepStatus.COMPENSATION_FAILED

MAY_BECOME: Mapping[StepStatus, frozenset[StepStatus]] = {
    DISPATCHED: frozenset({SUCCEEDED, FAILED, UNKNOWN, COMPENSATING}),
    UNKNOWN: frozenset({SUCCEEDED, FAILED, COMPENSATING}),
    SUCCEEDED: frozenset({COMPENSATING}),
    FAILED: frozenset(),
    COMPENSATING: frozenset({COMPENSATED, GIVEN_UP}),
    GIVEN_UP: frozenset({COMPENSATED}),
    COMPENSATED: frozenset(),
}
MAYBE_DONE = frozenset({DISPATCHED, UNKNOWN, SUCCEEDED})
STATUS_OF = {status.label: status for status in StepStatus}


class Illegal(Exception):
    """The history does what the definition does not allow; the message says what."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the history: what came, what it did to the steps, and the status it led to."""

    cause: str
    status: str
    changes: str


@dataclass(slots=True)
class _Walk:
    saga: type[Saga]
    steps: dict[str, StepStatus] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)


def fault_of(
    saga: type[Saga], entries: Sequence[Entry], *, status: str, steps: Mapping[str, str]
) -> str | None:
    """Walk a history from its beginning; say what is wrong with it, or ``None``.

    :param status: where the instance stands.
    :param steps: where its steps stand, by name.
    """
    walk = _Walk(saga)
    try:
        began = bool(entries) and entries[0].cause == saga.started_by.__name__
        _require(began, f"it does not begin with {saga.started_by.__name__}")
        for entry in entries:
            for change in entry.changes.split(", "):
                _take(walk, entry.cause, change)
            _check_status(walk, entry.status)
        arrived = entries[-1].status == status and walk.steps == dict(steps)
        _require(arrived, "its history does not lead to where it stands")
    except Illegal as illegal:
        return str(illegal)
    return None


def _take(walk: _Walk, cause: str, change: str) -> None:
    name, _, word = change.partition(" ")
    step = next((each for each in walk.saga.every_step if each.name == name), None)
    if step is None:
        raise Illegal(f"it has no step for: {change}")
    if word == AGAIN:
        _require(cause == DEADLINE, f"{change} because of {cause}")
    elif word == LATE:
        _require(cause == step.success.__name__, f"{change} because of {cause}")
        walk.late.add(name)
    elif word in STATUS_OF:
        _move(walk, step, STATUS_OF[word], cause)
    else:
        raise Illegal(f"nobody knows what this means: {change}")


def _move(walk: _Walk, step: Step, status: StepStatus, cause: str) -> None:
    before = walk.steps.get(step.name)
    change = f"{step.name} {before or 'not begun'} -> {status} because of {cause}"
    _require(status not in _causes(step) or cause in _causes(step)[status], change)
    if status == DISPATCHED:
        _require(_is_next(walk, step, before), change)
    elif status == COMPENSATING:
        _require(_may_be_undone(walk, step, before), change)
        walk.late.discard(step.name)
    else:
        _require(before is not None and status in MAY_BECOME[before], change)
    walk.steps[step.name] = status


def _causes(step: Step) -> dict[StepStatus, Iterable[str]]:
    """Say what must have come for a step to reach these statuses."""
    return {
        SUCCEEDED: [step.success.__name__],
        FAILED: [step.failure.__name__] if step.failure else [],
        COMPENSATED: [step.compensated.__name__] if step.compensated else [],
        UNKNOWN: [DEADLINE],
        GIVEN_UP: [DEADLINE],
    }


def _is_next(walk: _Walk, step: Step, before: StepStatus | None) -> bool:
    if step is walk.saga.on_abort:
        return not _undo_is_owed(walk) and not walk.steps.keys() <= {step.name}
    place = walk.saga.steps.index(step)
    return before is None and all(
        walk.steps.get(each.name) == SUCCEEDED for each in walk.saga.steps[:place]
    )


def _may_be_undone(walk: _Walk, step: Step, before: StepStatus | None) -> bool:
    """Tell whether it is this step's turn: in reverse order, one by one, never past the pivot."""
    if step.compensation is None or _is_past_pivot(walk):
        return False
    if step.name in walk.late:
        return before in (FAILED, COMPENSATED)
    place = walk.saga.steps.index(step)
    return (
        before in MAYBE_DONE
        and COMPENSATING not in walk.steps.values()
        and not any(
            walk.steps.get(each.name) in MAYBE_DONE and each.compensation
            for each in walk.saga.steps[place + 1 :]
        )
    )


def _is_past_pivot(walk: _Walk) -> bool:
    return any(
        walk.steps.get(each.name) == SUCCEEDED
        for each in walk.saga.steps
        if isinstance(each, Pivot | Retriable)
    )


def _undo_is_owed(walk: _Walk) -> bool:
    return any(
        walk.steps.get(each.name) in {*MAYBE_DONE, COMPENSATING, GIVEN_UP} and each.compensation
        for each in walk.saga.steps
    )


def _check_status(walk: _Walk, status: str) -> None:
    reached = set(walk.steps.values())
    all_done = all(walk.steps.get(each.name) == SUCCEEDED for each in walk.saga.steps)
    abort = walk.saga.on_abort
    is_right = {
        SagaStatus.COMPLETED: all_done and not (abort and abort.name in walk.steps),
        SagaStatus.COMPENSATED: not _undo_is_owed(walk)
        and (abort is None or walk.steps.get(abort.name) == SUCCEEDED),
        SagaStatus.NEEDS_ATTENTION: bool(reached & {UNKNOWN, GIVEN_UP}),
        SagaStatus.RUNNING: not reached & {COMPENSATING, COMPENSATED, GIVEN_UP} and not all_done,
        SagaStatus.COMPENSATING: not all_done,
    }
    _require(is_right.get(SagaStatus(status), True), f"it is {status} with steps {walk.steps}")


def _require(condition: bool, complaint: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not condition:
        raise Illegal(complaint)
