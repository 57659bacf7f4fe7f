"""Say what a verb does, or would do, in words; find what money it moves."""

from copy import deepcopy
from dataclasses import dataclass

from orders.sagas.engine.amounts import command_with_amount, residue, with_amount
from orders.sagas.engine.course import move_on
from orders.sagas.engine.state import SagaState
from orders.sagas.models import SagaStatus, StepStatus
from orders.sagas.vocabulary.saga import Step
from outbox.messages import Command, context_of

_COMPENSATED_NOW_OR_LATER = (
    StepStatus.COMPENSATING,
    StepStatus.SUCCEEDED,
    StepStatus.DISPATCHED,
    StepStatus.POSTPONED,
    StepStatus.UNKNOWN,
    StepStatus.SKIPPED,
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a verb does, or would do.

    :ivar before: the saga's status, and ``after`` the one that the verb leads to at once.
    :ivar changes: what is decided about the steps.
    :ivar sends: the commands that follow if each is answered, with amounts and units.
    :ivar left: what stays charged or held and needs attention.
    :ivar needs_another: whether it is only proposed, since a second person has to approve.
    """

    before: str
    after: str
    changes: list[str]
    sends: list[str]
    left: list[str]
    needs_another: bool = False


def outlook(before: SagaStatus, state: SagaState) -> Outlook:
    """Describe what has been decided in ``state``, and what follows from it."""
    return Outlook(
        before=before.label.lower(),
        after=state.status.label.lower(),
        changes=list(state.changes),
        sends=_records(state) + _foreseen(state),
        left=residue(state),
    )


def refunds(state: SagaState) -> bool:
    """Tell whether a saga compensates a payment, now or later."""
    return state.compensating and any(
        isinstance(step, Step)
        and context_of(step.compensation) == "payments"
        and state.of(step) in _COMPENSATED_NOW_OR_LATER
        for step in state.saga.steps
    )


def settles_by_hand(state: SagaState) -> bool:
    """Tell whether one of a saga's commands records that something was done by hand."""
    recording = {
        record
        for step in state.saga.steps
        for record in (
            step.by_hand,
            step.waiver,
            step.compensated_by_hand if isinstance(step, Step) else None,
        )
    }
    return any(type(command) in recording for command in state.commands)


def amount_of(state: SagaState) -> int:
    """Return the amount that a saga moves, in minor units.

    That of a return was counted towards the limit when the return was requested.
    """
    return 0 if "return_id" in state.received else int(state.received.get("amount", 0))


def _records(state: SagaState) -> list[str]:
    asked = _asked(state)
    return [with_amount(state, type(each)) for each in state.commands if each not in asked]


def _asked(state: SagaState) -> list[Command]:
    return [state.command_of(step) for step in state.saga.every_step if step.name in state.asked]


def _foreseen(state: SagaState) -> list[str]:
    """List what is sent now and, if the saga compensates, what is sent after it."""
    ahead, sends = deepcopy(state), []
    while asked := [step for step in ahead.saga.every_step if step.name in ahead.asked]:
        sends += [command_with_amount(ahead, step) for step in asked]
        ahead.asked.clear()
        for step in asked:
            if ahead.of(step) == StepStatus.COMPENSATING:
                ahead.mark(step, StepStatus.COMPENSATED)
                move_on(ahead)
    return sends
