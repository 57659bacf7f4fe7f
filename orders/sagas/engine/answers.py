"""The answers of a saga to what comes to one of its steps. Pure.

Each takes the saga's state, the step, and the event that came; a deadline is no event.
"""

from orders.sagas.engine.course import move_on, turn_back
from orders.sagas.engine.stakes import asked_of
from orders.sagas.engine.state import SagaState
from orders.sagas.models import StepStatus
from orders.sagas.vocabulary.saga import Retriable, Step
from outbox.messages import Event


def ignore(_state: SagaState, _step: Step, _event: Event | None) -> None:
    """Change nothing: it was answered before, or never asked."""


def wait_for_undo(_state: SagaState, _step: Step, _event: Event | None) -> None:
    """Change nothing: the compensation under way covers it, and its own reply decides."""


def succeed(state: SagaState, step: Step, event: Event | None) -> None:
    """Take in what the reply says; the step has succeeded, the saga moves on."""
    assert event is not None  # noqa: S101 - a deadline is no reply
    state.hear(event)
    state.mark(step, StepStatus.SUCCEEDED)
    move_on(state)


def fail(state: SagaState, step: Step, event: Event | None) -> None:
    """Fail the step and compensate the saga.

    A retriable step is not failed: a human hears of it, and it is asked again at its deadline.
    """
    assert event is not None  # noqa: S101 - a deadline is no reply
    state.errors[step.name] = _in_words(event)
    if isinstance(step, Retriable):
        _refuse(state, step)
        return
    state.hear(event)
    state.mark(step, StepStatus.FAILED)
    turn_back(state)


def doubt(state: SagaState, step: Step, event: Event | None) -> None:
    """Record that the outcome is unknown; the step is asked again at its deadline."""
    assert event is not None  # noqa: S101 - a deadline is no reply
    state.errors[step.name] = _in_words(event)
    state.mark(step, StepStatus.UNKNOWN)


def ask_again(state: SagaState, step: Step, _event: Event | None) -> None:
    """Make the outcome unknown and ask again; past the step's horizon ask a human.

    Of a saga that turns back the step is not asked again: it waits for its undo.
    """
    state.errors[step.name] = _unanswered(state, step, step.command.__name__)
    if state.of(step) != StepStatus.UNKNOWN:
        state.mark(step, StepStatus.UNKNOWN)
    awaits_undo = state.undoing and step is not state.saga.on_abort
    if state.attempts[step.name] < step.retry.attempts and not awaits_undo:
        state.ask_again(step)
    else:
        state.stop_asking(step)
        move_on(state)


def adopt(state: SagaState, step: Step, event: Event | None) -> None:
    """Record a late success; compensate it if the saga is compensating.

    A pivot that succeeds after the saga was undone is a matter for a human.
    """
    assert event is not None  # noqa: S101 - a deadline is no reply
    state.hear(event)
    state.steps[step.name] = StepStatus.SUCCEEDED
    state.note(step, "succeeded late")
    move_on(state)


def undone(state: SagaState, step: Step, _event: Event | None) -> None:
    """Record that the step is compensated; the saga moves on."""
    state.mark(step, StepStatus.COMPENSATED)
    move_on(state)


def undo_again(state: SagaState, step: Step, _event: Event | None) -> None:
    """Ask for the compensation again; after its last attempt go on with the other steps.

    What was not undone is put before a human when nothing else is left to do.
    """
    assert step.compensation is not None  # noqa: S101 - only what has one is compensating
    state.errors[step.name] = _unanswered(state, step, step.compensation.__name__)
    if state.attempts[step.name] < step.undo_retry.attempts:
        state.ask_again(step)
    else:
        state.mark(step, StepStatus.COMPENSATION_FAILED)
        move_on(state)


def hear_refusal(state: SagaState, step: Step, event: Event | None) -> None:
    """Alert a human at once that the compensation was refused; ask again at its deadline."""
    assert event is not None  # noqa: S101 - a deadline is no reply
    state.errors[step.name] = _in_words(event)
    _refuse(state, step)


def find_nothing_to_undo(state: SagaState, step: Step, _event: Event | None) -> None:
    """Fail the step, so that nothing of it is left to undo; the saga moves on."""
    state.mark(step, StepStatus.FAILED)
    move_on(state)


def _refuse(state: SagaState, step: Step) -> None:
    state.note(step, "refused")
    state.call_human(f"{asked_of(state, step)} was refused: {state.errors[step.name]}")


def _in_words(event: Event) -> str:
    said = [getattr(event, name) for name in event.__struct_fields__]
    words = ", ".join(text for text in said if isinstance(text, str) and text)
    return f"{type(event).__name__}: {words}" if words else type(event).__name__


def _unanswered(state: SagaState, step: Step, command: str) -> str:
    return f"no reply to {command} (attempt {state.attempts[step.name]})"
