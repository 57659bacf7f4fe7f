"""What a saga does next: pure decisions, without database or clock."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from orders.sagas.definition import Pivot, Retriable, Saga, Step
from orders.sagas.models import ENDED, SagaStatus, StepStatus
from outbox.messages import Command, Event

TRIES = 5
"""How often a command that cannot be given up is sent before a human is asked."""

AMBIGUOUS = (StepStatus.SUCCEEDED, StepStatus.DISPATCHED, StepStatus.UNKNOWN)
"""Steps that are, or may be, done: their undo is owed."""


@dataclass(slots=True)
class SagaState:
    """A saga as its decisions see it; they change it in place.

    :ivar steps: the steps dispatched so far.
    :ivar attempts: by step, how often its current command was sent.
    :ivar heard: field values for commands; what was heard first stays.
    :ivar commands: what has to be sent now.
    :ivar changes: what was decided, in words; ``touched`` names the steps it was about.
    """

    saga: type[Saga]
    status: SagaStatus = SagaStatus.RUNNING
    steps: dict[str, StepStatus] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    heard: dict[str, Any] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    attention_reason: str = ""


def start(state: SagaState, event: Event) -> None:
    """Begin: take in what started the saga and dispatch the first step."""
    _hear(state, event)
    _go_on(state)


def react(state: SagaState, event: Event) -> None:
    """Decide what an event means to a saga; one that means nothing leaves no change."""
    if state.saga.aborted_by is not None and isinstance(event, state.saga.aborted_by):
        _on_abort_request(state, event)
    for step in state.saga.every_step:
        status = state.steps.get(step.name)
        if status is None:
            continue
        if isinstance(event, step.success):
            _on_success(state, step, status, event)
        elif step.failure is not None and isinstance(event, step.failure):
            _on_failure(state, step, status, event)
        elif step.compensated is not None and isinstance(event, step.compensated):
            _on_compensated(state, step, status)


def answers_to_abort(state: SagaState, event: Event) -> bool:
    """Tell whether an event asks for this saga's undoing while that can still be had.

    From the success of its pivot on, what asks for it is another saga's to answer.
    """
    return (
        state.saga.aborted_by is not None
        and isinstance(event, state.saga.aborted_by)
        and state.status not in ENDED
        and not any(
            state.steps.get(step.name) == StepStatus.SUCCEEDED
            for step in state.saga.steps
            if isinstance(step, Pivot | Retriable)
        )
    )


def overdue(state: SagaState, step: Step) -> None:
    """Decide what the passing of a step's deadline means: undo it, ask again, or ask a human."""
    status = state.steps[step.name]
    tries_left = state.attempts[step.name] < TRIES
    if status == StepStatus.COMPENSATING:
        if tries_left:
            _send_again(state, step, step.compensation)
        else:
            _mark(state, step, StepStatus.COMPENSATION_FAILED)
            _undo(state)
    elif status != StepStatus.DISPATCHED:
        return
    elif not isinstance(step, Pivot | Retriable):
        _mark(state, step, StepStatus.UNKNOWN)
        state.heard.setdefault("reason_code", step.overdue)
        _undo(state)
    elif tries_left:
        _send_again(state, step, step.command)
    else:
        _mark(state, step, StepStatus.UNKNOWN)
        _ask_a_human(state, f"{step.name}: no reply to {step.command.__name__}")


def _on_abort_request(state: SagaState, event: Event) -> None:
    """Undo all of it, unless that is under way or the pivot is dispatched."""
    is_before_pivot = not any(
        isinstance(step, Pivot | Retriable) and step.name in state.steps
        for step in state.saga.steps
    )
    if state.status == SagaStatus.RUNNING and is_before_pivot:
        _hear(state, event)
        _undo(state)


def _on_success(state: SagaState, step: Step, status: StepStatus, event: Event) -> None:
    if status in (StepStatus.DISPATCHED, StepStatus.UNKNOWN):
        _hear(state, event)
        _mark(state, step, StepStatus.SUCCEEDED)
        if step is state.saga.on_abort:
            _end_abort(state)
        elif state.status == SagaStatus.COMPENSATING:
            _undo(state)
        else:
            state.status = SagaStatus.RUNNING
            _go_on(state)
    elif status in (StepStatus.FAILED, StepStatus.COMPENSATED) and step.compensation:
        state.changes.append(f"{step.name} succeeded late")
        _compensate(state, step)


def _on_failure(state: SagaState, step: Step, status: StepStatus, event: Event) -> None:
    if status in (StepStatus.DISPATCHED, StepStatus.UNKNOWN):
        _hear(state, event)
        _mark(state, step, StepStatus.FAILED)
        _undo(state)


def _on_compensated(state: SagaState, step: Step, status: StepStatus) -> None:
    if status in (StepStatus.COMPENSATING, StepStatus.COMPENSATION_FAILED):
        _mark(state, step, StepStatus.COMPENSATED)
        _undo(state)


def _go_on(state: SagaState) -> None:
    """Dispatch the next step, or complete."""
    for step in state.saga.steps:
        if step.name not in state.steps:
            _dispatch(state, step)
            return
    state.status = SagaStatus.COMPLETED


def _undo(state: SagaState) -> None:
    """Compensate the last step that is or may be done; when none is left, abort."""
    state.status = SagaStatus.COMPENSATING
    statuses = state.steps.values()
    if StepStatus.COMPENSATING in statuses:
        return
    for step in reversed(state.saga.steps):
        if state.steps.get(step.name) in AMBIGUOUS and step.compensation:
            _compensate(state, step)
            return
    if StepStatus.COMPENSATION_FAILED in statuses:
        residue = [n for n, s in state.steps.items() if s == StepStatus.COMPENSATION_FAILED]
        _ask_a_human(state, f"not undone: {', '.join(residue)}")
    elif state.saga.on_abort is None:
        state.status = SagaStatus.COMPENSATED
    else:
        _dispatch(state, state.saga.on_abort)


def _end_abort(state: SagaState) -> None:
    """Close the undone saga, unless a success came late and its own undo is still under way."""
    if StepStatus.COMPENSATING not in state.steps.values():
        state.status = SagaStatus.COMPENSATED


def _dispatch(state: SagaState, step: Step) -> None:
    state.attempts[step.name] = 1
    _mark(state, step, StepStatus.DISPATCHED)
    _send(state, step.command)


def _compensate(state: SagaState, step: Step) -> None:
    state.status = SagaStatus.COMPENSATING
    state.attempts[step.name] = 1
    _mark(state, step, StepStatus.COMPENSATING)
    _send(state, step.compensation)


def _send_again(state: SagaState, step: Step, command: type[Command] | None) -> None:
    state.attempts[step.name] += 1
    state.touched.add(step.name)
    state.changes.append(f"{step.name} asked again")
    _send(state, command)


def _send(state: SagaState, command: type[Command] | None) -> None:
    assert command is not None  # noqa: S101 - the definition was checked when it was created
    known = {name: state.heard[name] for name in command.__struct_fields__ if name in state.heard}
    state.commands.append(msgspec.convert(known, command))


def _mark(state: SagaState, step: Step, status: StepStatus) -> None:
    state.steps[step.name] = status
    state.touched.add(step.name)
    state.changes.append(f"{step.name} {status.label}")


def _ask_a_human(state: SagaState, reason: str) -> None:
    state.status = SagaStatus.NEEDS_ATTENTION
    state.attention_reason = reason


def _hear(state: SagaState, event: Event) -> None:
    for name in state.saga.needs.intersection(event.__struct_fields__):
        if name not in state.heard:
            state.heard[name] = msgspec.to_builtins(getattr(event, name))
