"""What an operator's verb does to a saga. Pure, like what a message does to it."""

from collections.abc import Sequence

from orders.sagas.engine.course import DONE, move_on, turn_back
from orders.sagas.engine.state import WAITING, SagaState
from orders.sagas.models import ENDED, SagaStatus, StepStatus
from orders.sagas.vocabulary.saga import Inquiry, Pivot, Step
from orders.sagas.vocabulary.soundness import unfilled
from outbox.messages import Command
from payments.commands import Hand

LONGEST_REFERENCE = 120
"""Characters of where it can be looked up what a human did."""


class Refused(Exception):
    """A verb makes no sense for the saga as it stands; the message says why, or what to do."""


def retry(state: SagaState) -> None:
    """Send what is unanswered again now, with all attempts before it, undos that failed included.

    :raises Refused: nothing is unanswered.
    """
    _must_be_awake(state)
    unanswered = _unanswered(state)
    if not unanswered:
        raise Refused("nothing is unanswered: there is nothing to retry")
    state.status = SagaStatus.COMPENSATING if state.undoing else SagaStatus.RUNNING
    for step in unanswered:
        if state.of(step) == StepStatus.COMPENSATION_FAILED:
            state.ask(step, StepStatus.COMPENSATING)
        else:
            state.attempts[step.name] = 0
            state.ask_again(step)


def compensate(state: SagaState) -> None:
    """Undo the saga from where it is, what is unknown included.

    :raises Refused: it is being undone already, or its pivot was dispatched.
    """
    _must_be_awake(state)
    if state.undoing:
        raise Refused("it is being undone already")
    if state.is_pivot_begun():
        raise Refused("its pivot was dispatched: only the way forward is left")
    unknown = (step for step in state.saga.steps if state.of(step) == StepStatus.UNKNOWN)
    reasons = [step.overdue for step in unknown if step.overdue]
    state.heard.setdefault("reason_code", (reasons or ["cancelled_by_staff"])[0])
    turn_back(state)


def skip(state: SagaState, name: str, hand: Hand) -> None:
    """Go on without a step; should the saga be undone, so is the step, which may be done.

    :raises Refused: the step waits for no reply, is the pivot, later steps need its reply, or what
        it was to do cannot be let be.
    """
    _must_be_awake(state)
    step = next((each for each in state.saga.steps if each.name == name), None)
    if step is None:
        names = ", ".join(each.name for each in state.saga.steps)
        raise Refused(f"it has no step {name}: choose one of {names}")
    if state.undoing or state.of(step) not in (StepStatus.DISPATCHED, StepStatus.UNKNOWN):
        raise Refused(
            f"{name} is {state.of(step).label.lower()}: only a step that waits can be skipped"
        )
    _go_on_without(state, [(step, step.waiver)], StepStatus.SKIPPED, hand)


def suspend(state: SagaState) -> None:
    """Dispatch nothing more; replies are recorded and deadlines stand still.

    :raises Refused: it is not under way.
    """
    if state.status not in (SagaStatus.RUNNING, SagaStatus.COMPENSATING):
        raise Refused(f"it is {state.status.label.lower()}: only a saga under way can be suspended")
    state.status = SagaStatus.SUSPENDED
    state.changes.append("saga suspended")


def resume(state: SagaState) -> None:
    """Go on from where the saga was suspended, with what was heard meanwhile.

    :raises Refused: it is not suspended.
    """
    if state.status != SagaStatus.SUSPENDED:
        raise Refused(f"it is {state.status.label.lower()}: only a suspended saga can be resumed")
    state.status = SagaStatus.RUNNING
    state.changes.append("saga resumed")
    move_on(state)


def resolve(state: SagaState, hand: Hand) -> None:
    """Take what is unanswered for done, or undone, by a human's hand, and go on to the end.

    Whose books it belongs to records it, and says so; so what was done by hand can be undone.

    :raises Refused: nothing is unanswered, or no hand can have done it: it is the pivot, the
        closing command, or a matter of our own tables.
    """
    _must_be_awake(state)
    unanswered = [step for step in _unanswered(state) if step is not state.saga.on_abort]
    if not unanswered:
        raise Refused("nothing is unanswered that a hand could have done")
    records = [step.undone_by_hand if state.undoing else step.by_hand for step in unanswered]
    steps = list(zip(unanswered, records, strict=True))
    _go_on_without(state, steps, StepStatus.RESOLVED_MANUALLY, hand)


def _go_on_without(
    state: SagaState,
    steps: Sequence[tuple[Step, type[Command] | None]],
    status: StepStatus,
    hand: Hand,
) -> None:
    """Leave steps to a human, and have recorded what that means; who only asks leaves no trace."""
    for step, record in steps:
        if isinstance(step, Pivot):
            raise Refused(f"whether {step.name} happened decides the order: retry it")
        if record is None and not isinstance(step, Inquiry):
            raise Refused(f"{step.name} is done here, where no hand reaches: retry it")
        state.mark(step, status)
        if record is not None:
            state.commands.append(state.fill(record, hand=hand))
    if not state.undoing:
        _must_be_fillable(state)
    move_on(state)


def _must_be_awake(state: SagaState) -> None:
    if state.status in ENDED:
        raise Refused(f"it has ended: {state.status.label.lower()}")
    if state.status == SagaStatus.SUSPENDED:
        raise Refused("it is suspended: resume it first")


def _unanswered(state: SagaState) -> list[Step]:
    """Return the steps that something was asked of; on the way back, those being undone."""
    asked = (StepStatus.COMPENSATING, StepStatus.COMPENSATION_FAILED) if state.undoing else WAITING
    return [
        step
        for step in state.saga.every_step
        if state.of(step) in asked or (step is state.saga.on_abort and state.of(step) in WAITING)
    ]


def _must_be_fillable(state: SagaState) -> None:
    """Refuse to go on where a later command lacks what a step left out would have said."""
    heard = set(state.heard) | {"reason_code"}
    for step in state.saga.steps:
        if state.of(step) in DONE:
            continue
        for command in step.commands():
            if missing := unfilled(command, heard):
                raise Refused(f"{step.name} needs {', '.join(missing)}, which nobody has said")
        heard |= set(step.success.__struct_fields__)
