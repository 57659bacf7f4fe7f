"""Where a saga goes next, forward or compensating, once a step has its reply. Pure."""

from orders.sagas.engine.amounts import residue
from orders.sagas.engine.state import UNANSWERED, SagaState
from orders.sagas.models import SagaStatus, StepStatus
from orders.sagas.vocabulary.saga import Inquiry, Step

DONE = (StepStatus.SUCCEEDED, StepStatus.SKIPPED, StepStatus.RESOLVED_MANUALLY)
"""Statuses of steps that the next stage does not wait for."""

AMBIGUOUS = (
    *UNANSWERED,
    StepStatus.SUCCEEDED,
    StepStatus.SKIPPED,
)
"""Statuses of steps that are done or may be: they have to be compensated."""


def move_on(state: SagaState) -> None:
    """Do what comes next in the saga's direction; a suspended saga does nothing."""
    if state.status == SagaStatus.SUSPENDED:
        return
    if state.compensating:
        _compensate(state)
    else:
        _go_forward(state)


def start_compensating(state: SagaState) -> None:
    """Begin to compensate; inquiries without a reply are skipped, since they change nothing."""
    if not state.compensating:
        state.compensating = True
        state.changes.append("saga starts compensating")
        for step in state.saga.steps:
            is_unanswered = state.of(step) in UNANSWERED
            if isinstance(step, Inquiry) and is_unanswered:
                state.mark(step, StepStatus.SKIPPED)
    move_on(state)


def _go_forward(state: SagaState) -> None:
    """Dispatch the first stage that is not done; if all are done, complete."""
    state.status = SagaStatus.RUNNING
    for stage in state.saga.stages:
        if all(state.of(step) in DONE for step in stage):
            continue
        for step in stage:
            if state.of(step) == StepStatus.PENDING:
                state.ask(step, StepStatus.DISPATCHED)
        _stop_with_residue(state)
        return
    state.status = SagaStatus.RESOLVED_MANUALLY if _by_hand(state) else SagaStatus.COMPLETED


def _compensate(state: SagaState) -> None:
    """Compensate the last step that is or may be done; when none is left, abort."""
    state.status = SagaStatus.COMPENSATING
    if StepStatus.COMPENSATING in state.steps.values():
        return
    for step in reversed(state.saga.steps):
        if state.of(step) in AMBIGUOUS and isinstance(step, Step):
            state.ask(step, StepStatus.COMPENSATING)
            return
    _stop_with_residue(state)
    if state.status == SagaStatus.COMPENSATING:
        _end_compensated(state)


def _end_compensated(state: SagaState) -> None:
    abort = state.saga.on_abort
    if abort is not None and state.of(abort) == StepStatus.PENDING:
        state.ask(abort, StepStatus.DISPATCHED)
    elif abort is None or state.of(abort) in DONE:
        state.status = SagaStatus.RESOLVED_MANUALLY if _by_hand(state) else SagaStatus.COMPENSATED


def _by_hand(state: SagaState) -> bool:
    return StepStatus.RESOLVED_MANUALLY in state.steps.values()


def _stop_with_residue(state: SagaState) -> None:
    """Ask for attention when the saga can do nothing more about what is left."""
    if left := residue(state):
        state.status = SagaStatus.NEEDS_ATTENTION
        state.attention_reason = "; ".join(left)
