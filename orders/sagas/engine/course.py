"""Where a saga goes next, forwards or back, once a step has its answer. Pure."""

from orders.sagas.engine.stakes import residue
from orders.sagas.engine.state import SagaState
from orders.sagas.models import SagaStatus, StepStatus

DONE = (StepStatus.SUCCEEDED, StepStatus.SKIPPED, StepStatus.RESOLVED_MANUALLY)
"""Steps that what stands behind them need not wait for."""

AMBIGUOUS = (
    StepStatus.SUCCEEDED,
    StepStatus.DISPATCHED,
    StepStatus.UNKNOWN,
    StepStatus.SKIPPED,
)
"""Steps that are, or may be, done: their undo is owed."""


def move_on(state: SagaState) -> None:
    """Do what comes next in the saga's direction; a suspended one does nothing."""
    if state.status == SagaStatus.SUSPENDED:
        return
    if state.undoing:
        _undo(state)
    else:
        _go_on(state)


def turn_back(state: SagaState) -> None:
    """Begin to undo the saga; what asks and changes nothing is not waited for."""
    if not state.undoing:
        state.undoing = True
        state.changes.append("saga turns back")
        for step in state.saga.steps:
            may_be_left = step.compensation is None and not step.forward_only
            if may_be_left and state.of(step) in (StepStatus.DISPATCHED, StepStatus.UNKNOWN):
                state.mark(step, StepStatus.SKIPPED)
    move_on(state)


def _go_on(state: SagaState) -> None:
    """Dispatch the next stage when the one before it is done, or complete."""
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


def _undo(state: SagaState) -> None:
    """Compensate the last step that is or may be done; when none is left, abort."""
    state.status = SagaStatus.COMPENSATING
    if StepStatus.COMPENSATING in state.steps.values():
        return
    for step in reversed(state.saga.steps):
        if state.of(step) in AMBIGUOUS and step.compensation:
            state.ask(step, StepStatus.COMPENSATING)
            return
    _stop_with_residue(state)
    if state.status == SagaStatus.COMPENSATING:
        _end_undone(state)


def _end_undone(state: SagaState) -> None:
    abort = state.saga.on_abort
    if abort is not None and state.of(abort) == StepStatus.PENDING:
        state.ask(abort, StepStatus.DISPATCHED)
    elif abort is None or state.of(abort) in DONE:
        state.status = SagaStatus.RESOLVED_MANUALLY if _by_hand(state) else SagaStatus.COMPENSATED


def _by_hand(state: SagaState) -> bool:
    return StepStatus.RESOLVED_MANUALLY in state.steps.values()


def _stop_with_residue(state: SagaState) -> None:
    """Ask a human when the saga can do nothing more about what is left."""
    if left := residue(state):
        state.status = SagaStatus.NEEDS_ATTENTION
        state.attention_reason = "; ".join(left)
