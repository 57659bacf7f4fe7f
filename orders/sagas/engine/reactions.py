"""What a saga does about each message: one answer for every status and every reply.

Pure decisions, without database or clock. ``docs/sagas.md`` shows the tables.
"""

from collections.abc import Callable, Mapping

from orders.sagas.engine.answers import (
    ask_again,
    await_compensation,
    compensate_again,
    end_compensation,
    fail,
    ignore,
    let_pass,
    mark_unknown,
    need_no_compensation,
    postpone,
    report_refusal,
    succeed,
    succeed_late,
    wait_longer,
)
from orders.sagas.engine.course import move_on, start_compensating
from orders.sagas.engine.state import UNANSWERED, SagaState
from orders.sagas.models import ENDED, SagaStatus, StepStatus
from orders.sagas.vocabulary.saga import AnyStep, Reply
from outbox.messages import Event

Answer = Callable[[SagaState, AnyStep, Event], None]

_GRID: Mapping[StepStatus, tuple[Answer, Answer, Answer, Answer, Answer, Answer]] = {
    # In the order of Reply: success, failure, postponed, unresolved, compensated, compensation
    # refused.
    StepStatus.PENDING: (ignore, ignore, ignore, ignore, ignore, ignore),
    StepStatus.DISPATCHED: (succeed, fail, postpone, mark_unknown, ignore, ignore),
    StepStatus.POSTPONED: (succeed, fail, postpone, mark_unknown, ignore, ignore),
    StepStatus.UNKNOWN: (succeed, fail, postpone, ignore, ignore, ignore),
    StepStatus.SUCCEEDED: (ignore, ignore, ignore, ignore, ignore, ignore),
    StepStatus.FAILED: (succeed_late, ignore, ignore, ignore, ignore, ignore),
    StepStatus.COMPENSATING: (
        await_compensation,
        await_compensation,
        wait_longer,
        await_compensation,
        end_compensation,
        report_refusal,
    ),
    StepStatus.COMPENSATED: (succeed_late, ignore, ignore, ignore, ignore, ignore),
    StepStatus.COMPENSATION_FAILED: (
        succeed_late,
        need_no_compensation,
        ignore,
        ignore,
        end_compensation,
        ignore,
    ),
    StepStatus.SKIPPED: (ignore, ignore, ignore, ignore, ignore, ignore),
    StepStatus.RESOLVED_MANUALLY: (succeed_late, ignore, ignore, ignore, ignore, ignore),
}

ANSWERS: Mapping[tuple[StepStatus, Reply], Answer] = {
    (status, reply): answer
    for status, row in _GRID.items()
    for reply, answer in zip(Reply, row, strict=True)
}
"""By the status of a step and the reply that comes to it."""

Overdue = Callable[[SagaState, AnyStep], None]

OVERDUE: Mapping[StepStatus, Overdue] = {
    **dict.fromkeys(StepStatus, let_pass),
    **dict.fromkeys(UNANSWERED, ask_again),
    StepStatus.COMPENSATING: compensate_again,
}
"""By the status of a step, what happens when the deadline of its reply passes."""


def disregard(_state: SagaState, _event: Event) -> None:
    """Change nothing: the saga has ended or is compensating already."""


def abort(state: SagaState, event: Event) -> None:
    """Compensate, unless the pivot is dispatched: its handler then decides which was first."""
    if not state.compensating and not state.is_pivot_begun():
        state.receive(event)
        start_compensating(state)


ABORT_REQUESTS: Mapping[SagaStatus, Callable[[SagaState, Event], None]] = {
    SagaStatus.RUNNING: abort,
    SagaStatus.COMPLETED: disregard,
    SagaStatus.COMPENSATING: disregard,
    SagaStatus.COMPENSATED: disregard,
    SagaStatus.SUSPENDED: abort,
    SagaStatus.NEEDS_ATTENTION: abort,
    SagaStatus.RESOLVED_MANUALLY: disregard,
}
"""By the status of a saga, what it does when it is asked to abort."""


def start(state: SagaState, event: Event) -> None:
    """Keep the fields of the event that starts the saga, and dispatch the first stage."""
    state.receive(event)
    move_on(state)


def react(state: SagaState, event: Event) -> None:
    """Decide what an event means to a saga; one that means nothing leaves no change."""
    if not state.is_correlated_with(event):
        return
    if _asks_for_abort(state, event):
        ABORT_REQUESTS[state.status](state, event)
    # An event answers commands sent before it came, not those that it leads to.
    answered = [
        (step, state.of(step), reply) for step, reply in state.saga.replies.get(type(event), ())
    ]
    for step, status, reply in answered:
        ANSWERS[status, reply](state, step, event)


def overdue(state: SagaState, step: AnyStep) -> None:
    """Decide what a passed deadline means; the deadlines of a suspended saga stand still."""
    if state.status != SagaStatus.SUSPENDED:
        OVERDUE[state.of(step)](state, step)


def answers_to_abort(state: SagaState, event: Event) -> bool:
    """Tell whether an event asks this saga to abort while it still can.

    Once its pivot has succeeded, another saga answers the request.
    """
    return _asks_for_abort(state, event) and state.status not in ENDED and not state.is_past_pivot()


def _asks_for_abort(state: SagaState, event: Event) -> bool:
    return state.saga.aborted_by is not None and isinstance(event, state.saga.aborted_by)
