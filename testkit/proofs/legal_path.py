"""Walk the history of a saga, and say whether it is a legal path of its definition.

The rules are written here a second time on purpose: the decisions of an engine with a bug must not
be judged by that engine.
"""

from collections.abc import Iterable, Mapping, Sequence

from config.audit.saga_path import DEADLINE, MIGRATION, HistoryRow, since_migration
from orders.sagas.models import StepStatus
from orders.sagas.vocabulary.saga import AnyStep, Inquiry, Retriable, Saga, Step
from testkit.proofs.legal_walk import STATUS_OF, Illegal, Walk, require

OPERATOR = "operator: "

DISPATCHED, SUCCEEDED, FAILED = StepStatus.DISPATCHED, StepStatus.SUCCEEDED, StepStatus.FAILED
UNKNOWN, COMPENSATING = StepStatus.UNKNOWN, StepStatus.COMPENSATING
POSTPONED = StepStatus.POSTPONED
COMPENSATED, GIVEN_UP = StepStatus.COMPENSATED, StepStatus.COMPENSATION_FAILED
SKIPPED, BY_HAND = StepStatus.SKIPPED, StepStatus.RESOLVED_MANUALLY

MAY_BECOME: Mapping[StepStatus, frozenset[StepStatus]] = {
    StepStatus.PENDING: frozenset({DISPATCHED}),
    DISPATCHED: frozenset({SUCCEEDED, FAILED, POSTPONED, UNKNOWN, COMPENSATING, SKIPPED, BY_HAND}),
    POSTPONED: frozenset({SUCCEEDED, FAILED, POSTPONED, UNKNOWN, COMPENSATING, SKIPPED, BY_HAND}),
    UNKNOWN: frozenset({SUCCEEDED, FAILED, POSTPONED, COMPENSATING, SKIPPED, BY_HAND}),
    SUCCEEDED: frozenset({COMPENSATING}),
    FAILED: frozenset(),
    COMPENSATING: frozenset({COMPENSATED, GIVEN_UP, BY_HAND}),
    GIVEN_UP: frozenset({COMPENSATED, COMPENSATING, FAILED, BY_HAND}),
    COMPENSATED: frozenset(),
    SKIPPED: frozenset({COMPENSATING}),
    BY_HAND: frozenset(),
}
MAY_SUCCEED_LATE = frozenset({FAILED, COMPENSATED, GIVEN_UP, SKIPPED, BY_HAND})


def fault_of(
    saga: type[Saga], entries: Sequence[HistoryRow], *, status: str, steps: Mapping[str, str]
) -> str | None:
    """Walk a history from its beginning; return what is wrong with it, or ``None``.

    :param status: where the instance stands.
    :param steps: where its steps stand, by name.
    """
    walk = Walk(saga)
    try:
        began = bool(entries) and entries[0].cause == saga.started_by.__name__
        require(began, f"it does not begin with {saga.started_by.__name__}")
        for entry in since_migration(entries):
            for change in entry.changes.split(", "):
                _take(walk, entry.cause, change)
            walk.arrive_at(entry.status)
        arrived = entries[-1].status == status and walk.steps == dict(steps)
        require(arrived, "its history does not lead to where it stands")
    except Illegal as illegal:
        return str(illegal)
    return None


def _take(walk: Walk, cause: str, change: str) -> None:
    name, _, word = change.partition(" ")
    if name == "saga":
        _take_of_saga(walk, cause, word)
        return
    step = next((each for each in walk.saga.every_step if each.name == name), None)
    if step is None:
        raise Illegal(f"it has no step for: {change}")
    because = f"{change} because of {cause}"
    if cause == MIGRATION:
        walk.steps[name] = STATUS_OF[word]
    elif word == "asked again":
        require(cause in (DEADLINE, f"{OPERATOR}retry"), because)
    elif word == "not asked again":
        require(cause == DEADLINE and walk.of(step) == UNKNOWN, because)
    elif word == "refused":
        require(cause in _refusals(step, walk.of(step)), because)
        walk.refused.add(name)
    elif word == "given longer":
        is_wait = cause in [each.__name__ for each in step.postponed]
        require(is_wait and walk.of(step) == COMPENSATING, because)
    elif word == "succeeded late":
        is_late = walk.of(step) in MAY_SUCCEED_LATE and cause == step.success.__name__
        require(is_late, because)
        walk.steps[name] = SUCCEEDED
    elif word in STATUS_OF:
        _move(walk, step, STATUS_OF[word], cause)
    else:
        raise Illegal(f"this change is unknown: {change}")


def _take_of_saga(walk: Walk, cause: str, word: str) -> None:
    because = f"the saga {word} because of {cause}"
    if word == "starts compensating":
        failed = {step.name for step in walk.saga.steps if walk.of(step) == FAILED}
        answers = {
            name for step in walk.saga.steps if step.name in failed for name in _names(step.failure)
        }
        asked = {*_names(walk.saga.aborted_by), f"{OPERATOR}compensate"}
        require(cause in answers | asked and not walk.is_back, because)
        require(not walk.is_pivot_begun(), f"{because}, past the pivot")
        walk.is_back = True
    elif word == "suspended":
        require(cause == f"{OPERATOR}suspend" and not walk.is_suspended, because)
        walk.is_suspended = True
    elif word == "resumed":
        require(cause == f"{OPERATOR}resume" and walk.is_suspended, because)
        walk.is_suspended = False
    elif word == "was compensating":
        require(cause == MIGRATION, because)
        walk.is_back = True
    else:
        require(word.startswith("on version ") and cause == MIGRATION, because)


def _move(walk: Walk, step: AnyStep, status: StepStatus, cause: str) -> None:
    before = walk.of(step)
    change = f"{step.name} {before} -> {status} because of {cause}"
    require(status in MAY_BECOME[before], change)
    require(status not in _causes(step) or cause in _causes(step)[status], change)
    if status == DISPATCHED:
        require(walk.is_next(step), change)
    elif status == COMPENSATING:
        is_asked_again = before == GIVEN_UP and cause == f"{OPERATOR}retry"
        require(is_asked_again or walk.may_be_undone(step), change)
    elif status == SKIPPED:
        is_left = walk.is_back and isinstance(step, Inquiry)
        require(is_left or (cause == f"{OPERATOR}skip" and not walk.is_back), change)
    elif status == FAILED and before == GIVEN_UP:
        require(walk.is_back, change)
    walk.steps[step.name] = status


def _causes(step: AnyStep) -> dict[StepStatus, Iterable[str]]:
    """Return the causes that each of these statuses may have."""
    return {
        SUCCEEDED: [step.success.__name__],
        FAILED: _names(step.failure),
        COMPENSATED: _names(step.compensated if isinstance(step, Step) else None),
        POSTPONED: [each.__name__ for each in step.postponed],
        UNKNOWN: [DEADLINE, *_names(step.unresolved)],
        GIVEN_UP: [DEADLINE],
        BY_HAND: [f"{OPERATOR}resolve"],
    }


def _refusals(step: AnyStep, status: StepStatus) -> list[str]:
    if isinstance(step, Step) and status == COMPENSATING:
        return _names(step.compensation_refused)
    return _names(step.failure) if isinstance(step, Retriable) else []


def _names(contract: type[object] | None) -> list[str]:
    return [contract.__name__] if contract else []
