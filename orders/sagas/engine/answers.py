"""What a saga does when a reply comes to one of its steps, or a deadline passes. Pure."""

from datetime import datetime

from orders.sagas.engine.amounts import REFUSED, command_with_amount, refusal_of
from orders.sagas.engine.course import move_on, start_compensating
from orders.sagas.engine.state import SagaState
from orders.sagas.models import StepStatus
from orders.sagas.vocabulary.saga import AnyStep, Retriable
from outbox.messages import Event


def ignore(_state: SagaState, _step: AnyStep, _event: Event) -> None:
    """Change nothing: the step was answered before, or never dispatched."""


def await_compensation(_state: SagaState, _step: AnyStep, _event: Event) -> None:
    """Change nothing: the reply to the compensation under way decides."""


def succeed(state: SagaState, step: AnyStep, event: Event) -> None:
    """Record the success and the fields of the reply; the saga moves on."""
    state.receive(event)
    state.mark(step, StepStatus.SUCCEEDED)
    move_on(state)


def fail(state: SagaState, step: AnyStep, event: Event) -> None:
    """Fail the step and compensate the saga.

    A retriable step does not fail: operators are alerted, and it is asked again at its deadline.
    """
    if isinstance(step, Retriable):
        report_refusal(state, step, event)
        return
    state.errors[step.name] = _in_words(event)
    state.receive(event)
    state.mark(step, StepStatus.FAILED)
    start_compensating(state)


def postpone(state: SagaState, step: AnyStep, event: Event) -> None:
    """Wait for the reply until the time that the event states; do not ask again before."""
    state.mark(step, StepStatus.POSTPONED)
    state.let_wait(step, _until(event))
    move_on(state)


def wait_longer(state: SagaState, step: AnyStep, event: Event) -> None:
    """Wait for the reply to the compensation until the time that the event states."""
    state.note(step, "given longer")
    state.let_wait(step, _until(event))


def mark_unknown(state: SagaState, step: AnyStep, event: Event) -> None:
    """Record that the outcome is unknown; the step is asked again at its deadline."""
    state.errors[step.name] = _in_words(event)
    state.mark(step, StepStatus.UNKNOWN)


def succeed_late(state: SagaState, step: AnyStep, event: Event) -> None:
    """Record a late success; compensate it if the saga is compensating.

    A pivot that succeeds after the saga was compensated needs attention.
    """
    state.receive(event)
    state.steps[step.name] = StepStatus.SUCCEEDED
    state.note(step, "succeeded late")
    move_on(state)


def end_compensation(state: SagaState, step: AnyStep, _event: Event) -> None:
    """Record that the step is compensated; the saga moves on."""
    state.mark(step, StepStatus.COMPENSATED)
    move_on(state)


def report_refusal(state: SagaState, step: AnyStep, event: Event) -> None:
    """Alert operators at once that the command was refused; ask again at its deadline."""
    state.errors[step.name] = f"{REFUSED}{_in_words(event)}"
    state.note(step, "refused")
    state.require_attention(f"{command_with_amount(state, step)} was refused: {_in_words(event)}")


def need_no_compensation(state: SagaState, step: AnyStep, _event: Event) -> None:
    """Fail the step: it did nothing that could be compensated; the saga moves on."""
    state.mark(step, StepStatus.FAILED)
    move_on(state)


def let_pass(_state: SagaState, _step: AnyStep) -> None:
    """Change nothing: the step waits for no reply."""


def ask_again(state: SagaState, step: AnyStep) -> None:
    """Make the outcome unknown and ask again; past the step's horizon, need attention.

    While the saga compensates, the step is not asked again: it waits to be compensated.
    """
    state.errors[step.name] = _unanswered(state, step)
    if state.of(step) != StepStatus.UNKNOWN:
        state.mark(step, StepStatus.UNKNOWN)
    awaits_compensation = state.compensating and step is not state.saga.on_abort
    if state.attempts[step.name] < state.backoff_of(step).attempts and not awaits_compensation:
        state.ask_again(step)
    else:
        state.stop_asking(step)
        move_on(state)


def compensate_again(state: SagaState, step: AnyStep) -> None:
    """Send the compensation again; after its last attempt continue with the other steps.

    When nothing else is left to do, what was not compensated needs attention.
    """
    state.errors[step.name] = _unanswered(state, step)
    if state.attempts[step.name] < state.backoff_of(step).attempts:
        state.ask_again(step)
    else:
        state.mark(step, StepStatus.COMPENSATION_FAILED)
        move_on(state)


def _until(event: Event) -> datetime:
    until: datetime = event.until  # type: ignore[attr-defined]  # soundness: it has this field
    return until


def _in_words(event: Event) -> str:
    values = [getattr(event, name) for name in event.__struct_fields__]
    words = ", ".join(text for text in values if isinstance(text, str) and text)
    return f"{type(event).__name__}: {words}" if words else type(event).__name__


def _unanswered(state: SagaState, step: AnyStep) -> str:
    """Say that no reply came, unless a refusal did: that is what is known."""
    if known := refusal_of(state, step):
        return f"{REFUSED}{known}"
    command = type(state.command_of(step)).__name__
    return f"no reply to {command} (attempt {state.attempts[step.name]})"
