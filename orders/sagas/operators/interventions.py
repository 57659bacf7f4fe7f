"""What an operator's verb does to a saga. Pure, like the reactions to messages."""

from collections.abc import Sequence

from orders.sagas.engine.course import DONE, move_on, start_compensating
from orders.sagas.engine.state import UNANSWERED, WAITING, SagaState
from orders.sagas.models import ENDED, SagaStatus, StepStatus
from orders.sagas.vocabulary.saga import AnyStep, Inquiry, Pivot, Step
from orders.sagas.vocabulary.soundness import unfilled
from outbox.messages import Command
from payments.commands import Hand

LONGEST_REFERENCE = 120
"""Characters of the reference to what was done by hand."""


class Refused(Exception):
    """A verb makes no sense for the saga in its present status; the message says why."""


def retry(state: SagaState) -> None:
    """Send unanswered commands again now, with all attempts, failed compensations included.

    :raises Refused: nothing is unanswered.
    """
    _must_be_active(state)
    unanswered = _unanswered(state)
    if not unanswered:
        raise Refused("nothing is unanswered: there is nothing to retry")
    state.status = SagaStatus.COMPENSATING if state.compensating else SagaStatus.RUNNING
    for step in unanswered:
        if state.of(step) == StepStatus.COMPENSATION_FAILED:
            state.ask(step, StepStatus.COMPENSATING)
        else:
            state.attempts[step.name] = 0
            state.ask_again(step)


def compensate(state: SagaState) -> None:
    """Compensate the saga, unknown steps included.

    :raises Refused: it is compensating already, or its pivot was dispatched.
    """
    _must_be_active(state)
    if state.compensating:
        raise Refused("it is compensating already")
    if state.is_pivot_begun():
        raise Refused("its pivot was dispatched: only the way forward is left")
    unknown = (step for step in state.saga.steps if state.of(step) == StepStatus.UNKNOWN)
    reasons = [step.reason_if_unknown for step in unknown if step.reason_if_unknown]
    state.received.setdefault("reason_code", (reasons or ["cancelled_by_staff"])[0])
    start_compensating(state)


def skip(state: SagaState, name: str, hand: Hand) -> None:
    """Continue without a step; it may be done, so it is compensated if the saga is.

    :raises Refused: the step waits for no reply, is the pivot, has no waiver, or later steps need
        the fields of its reply.
    """
    _must_be_active(state)
    step = next((each for each in state.saga.steps if each.name == name), None)
    if step is None:
        names = ", ".join(each.name for each in state.saga.steps)
        raise Refused(f"it has no step {name}: choose one of {names}")
    if state.compensating or state.of(step) not in UNANSWERED:
        raise Refused(
            f"{name} is {state.of(step).label.lower()}: only a step that waits can be skipped"
        )
    _continue_without(state, [(step, step.waiver)], StepStatus.SKIPPED, hand)


def suspend(state: SagaState) -> None:
    """Dispatch nothing more; replies are recorded and deadlines stand still.

    :raises Refused: it is neither running nor compensating.
    """
    if state.status not in (SagaStatus.RUNNING, SagaStatus.COMPENSATING):
        raise Refused(f"it is {state.status.label.lower()}: only a saga under way can be suspended")
    state.status = SagaStatus.SUSPENDED
    state.changes.append("saga suspended")


def resume(state: SagaState) -> None:
    """Continue a suspended saga, with the replies received meanwhile.

    :raises Refused: it is not suspended.
    """
    if state.status != SagaStatus.SUSPENDED:
        raise Refused(f"it is {state.status.label.lower()}: only a suspended saga can be resumed")
    state.status = SagaStatus.RUNNING
    state.changes.append("saga resumed")
    move_on(state)


def resolve(state: SagaState, hand: Hand) -> None:
    """Record that unanswered steps were done, or compensated, by hand, and continue.

    The context that the step belongs to records it and replies, so that it can be compensated.

    :raises Refused: nothing is unanswered, or it cannot be done by hand: the pivot, ``on_abort``,
        or a step that changes only our own tables.
    """
    _must_be_active(state)
    unanswered = [step for step in _unanswered(state) if step is not state.saga.on_abort]
    if not unanswered:
        raise Refused("nothing is unanswered that a hand could have done")
    steps = [(step, _record_of(state, step)) for step in unanswered]
    _continue_without(state, steps, StepStatus.RESOLVED_MANUALLY, hand)


def _record_of(state: SagaState, step: AnyStep) -> type[Command] | None:
    if state.compensating:
        return step.compensated_by_hand if isinstance(step, Step) else None
    return step.by_hand


def _continue_without(
    state: SagaState,
    steps: Sequence[tuple[AnyStep, type[Command] | None]],
    status: StepStatus,
    hand: Hand,
) -> None:
    """Mark steps as handled by an operator and send what records it; inquiries need no record."""
    for step, record in steps:
        if isinstance(step, Pivot):
            raise Refused(f"whether {step.name} happened decides the order: retry it")
        if record is None and not isinstance(step, Inquiry):
            raise Refused(f"{step.name} is done here, where no hand reaches: retry it")
        state.mark(step, status)
        if record is not None:
            state.commands.append(state.fill(record, hand=hand))
    if not state.compensating:
        _must_be_fillable(state)
    move_on(state)


def _must_be_active(state: SagaState) -> None:
    if state.status in ENDED:
        raise Refused(f"it has ended: {state.status.label.lower()}")
    if state.status == SagaStatus.SUSPENDED:
        raise Refused("it is suspended: resume it first")


def _unanswered(state: SagaState) -> list[AnyStep]:
    """Return the steps without a reply; while the saga compensates, those being compensated."""
    compensated = (StepStatus.COMPENSATING, StepStatus.COMPENSATION_FAILED)
    asked = compensated if state.compensating else WAITING
    return [
        step
        for step in state.saga.every_step
        if state.of(step) in asked or (step is state.saga.on_abort and state.of(step) in WAITING)
    ]


def _must_be_fillable(state: SagaState) -> None:
    """Refuse to continue if a later command needs fields of a reply that will not come."""
    received = set(state.received) | {"reason_code"}
    for step in state.saga.steps:
        if state.of(step) in DONE:
            continue
        for command in step.commands():
            if missing := unfilled(command, received):
                raise Refused(f"{step.name} needs {', '.join(missing)}, which no reply has brought")
        received |= set(step.success.__struct_fields__)
