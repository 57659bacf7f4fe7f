"""What a saga does about what it hears: one answer for every status and every message.

Pure decisions, without database or clock. ``docs/sagas.md`` shows both tables.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum

from orders.sagas.engine.answers import (
    adopt,
    ask_again,
    doubt,
    fail,
    find_nothing_to_undo,
    hear_refusal,
    ignore,
    succeed,
    undo_again,
    undone,
    wait_for_undo,
)
from orders.sagas.engine.course import move_on, turn_back
from orders.sagas.engine.state import SagaState
from orders.sagas.models import ENDED, SagaStatus, StepStatus
from orders.sagas.vocabulary.saga import Step
from outbox.messages import Event


class Heard(StrEnum):
    """What may come to a step: a reply, or the passing of its deadline."""

    SUCCESS = "success"
    FAILURE = "failure"
    UNRESOLVED = "unresolved"
    COMPENSATED = "compensated"
    UNDO_REFUSED = "undo refused"
    DEADLINE = "deadline"


Answer = Callable[[SagaState, Step, Event | None], None]

_GRID: Mapping[StepStatus, tuple[Answer, Answer, Answer, Answer, Answer, Answer]] = {
    # By what is heard: success, failure, unresolved, compensated, undo refused, deadline.
    StepStatus.PENDING: (ignore, ignore, ignore, ignore, ignore, ignore),
    StepStatus.DISPATCHED: (succeed, fail, doubt, ignore, ignore, ask_again),
    StepStatus.UNKNOWN: (succeed, fail, ignore, ignore, ignore, ask_again),
    StepStatus.SUCCEEDED: (ignore, ignore, ignore, ignore, ignore, ignore),
    StepStatus.FAILED: (adopt, ignore, ignore, ignore, ignore, ignore),
    StepStatus.COMPENSATING: (
        wait_for_undo,
        wait_for_undo,
        wait_for_undo,
        undone,
        hear_refusal,
        undo_again,
    ),
    StepStatus.COMPENSATED: (adopt, ignore, ignore, ignore, ignore, ignore),
    StepStatus.COMPENSATION_FAILED: (adopt, find_nothing_to_undo, ignore, undone, ignore, ignore),
    StepStatus.SKIPPED: (ignore, ignore, ignore, ignore, ignore, ignore),
    StepStatus.RESOLVED_MANUALLY: (adopt, ignore, ignore, ignore, ignore, ignore),
}

ANSWERS: Mapping[tuple[StepStatus, Heard], Answer] = {
    (status, heard): answer
    for status, row in _GRID.items()
    for heard, answer in zip(Heard, row, strict=True)
}
"""By the status of a step and what comes to it."""


def disregard(_state: SagaState, _event: Event) -> None:
    """Change nothing: the saga has ended or is compensating already."""


def abort(state: SagaState, event: Event) -> None:
    """Compensate, unless the pivot is dispatched: then whoever handles it says which was first."""
    if not state.undoing and not state.is_pivot_begun():
        state.hear(event)
        turn_back(state)


ABORT_REQUESTS: Mapping[SagaStatus, Callable[[SagaState, Event], None]] = {
    SagaStatus.RUNNING: abort,
    SagaStatus.COMPLETED: disregard,
    SagaStatus.COMPENSATING: disregard,
    SagaStatus.COMPENSATED: disregard,
    SagaStatus.SUSPENDED: abort,
    SagaStatus.NEEDS_ATTENTION: abort,
    SagaStatus.RESOLVED_MANUALLY: disregard,
}
"""By the status of a saga, what it does when it is asked to undo itself."""


def start(state: SagaState, event: Event) -> None:
    """Begin: take in what started the saga and dispatch the first stage."""
    state.hear(event)
    move_on(state)


def react(state: SagaState, event: Event) -> None:
    """Decide what an event means to a saga; one that means nothing leaves no change."""
    if not state.is_meant_by(event):
        return
    if _asks_for_abort(state, event):
        ABORT_REQUESTS[state.status](state, event)
    # An event answers what was asked before it came, not what it leads to.
    heard_by = [(step, state.of(step), _reply(step, event)) for step in state.saga.every_step]
    for step, status, heard in heard_by:
        if heard is not None:
            ANSWERS[status, heard](state, step, event)


def overdue(state: SagaState, step: Step) -> None:
    """Decide what the passing of a step's deadline means; a suspended saga's time stands still."""
    if state.status != SagaStatus.SUSPENDED:
        ANSWERS[state.of(step), Heard.DEADLINE](state, step, None)


def answers_to_abort(state: SagaState, event: Event) -> bool:
    """Tell whether an event asks for this saga's undoing while that can still be had.

    From the success of its pivot on, what asks for it is another saga's to answer.
    """
    return _asks_for_abort(state, event) and state.status not in ENDED and not state.is_past_pivot()


def _asks_for_abort(state: SagaState, event: Event) -> bool:
    return state.saga.aborted_by is not None and isinstance(event, state.saga.aborted_by)


def _reply(step: Step, event: Event) -> Heard | None:
    if isinstance(event, step.success):
        return Heard.SUCCESS
    if step.failure is not None and isinstance(event, step.failure):
        return Heard.FAILURE
    if step.unresolved is not None and isinstance(event, step.unresolved):
        return Heard.UNRESOLVED
    if step.compensated is not None and isinstance(event, step.compensated):
        return Heard.COMPENSATED
    if step.undo_refused is not None and isinstance(event, step.undo_refused):
        return Heard.UNDO_REFUSED
    return None
