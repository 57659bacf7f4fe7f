"""What is at stake, in words: amounts and units, found in the fields of commands."""

from orders.sagas.definition import Step
from orders.sagas.models import StepStatus
from orders.sagas.state import SagaState
from outbox.messages import Command
from outbox.money import money


def stake_of(command: Command) -> str:
    """Return the money and the goods that a command is about: ``12.50 GBP, 3 x NW-007``."""
    amount, currency = getattr(command, "amount", None), getattr(command, "currency", None)
    parts = [] if amount is None or currency is None else [money(amount, currency)]
    parts += [f"{line.quantity} x {line.sku}" for line in getattr(command, "lines", ())]
    return ", ".join(parts)


def asked_of(state: SagaState, step: Step) -> str:
    """Put into words what a step asks for in its status: ``RefundPayment (12.50 GBP)``.

    A compensation names no amounts: it is about what the command that it undoes was about.
    """
    name = type(state.command_of(step)).__name__
    stake = stake_of(state.fill(step.command))
    return f"{name} ({stake})" if stake else name


def residue(state: SagaState) -> list[str]:
    """List what a saga leaves that it can do nothing more about; empty while it can."""
    return [found for step in state.saga.every_step if (found := _left_by(state, step))]


def _left_by(state: SagaState, step: Step) -> str:
    status = state.of(step)
    is_unanswered = (
        status in (StepStatus.DISPATCHED, StepStatus.UNKNOWN) and step.name not in state.waiting
    )
    is_on_its_way = not state.undoing or step is state.saga.on_abort
    if status == StepStatus.COMPENSATION_FAILED:
        return f"{step.name} is not undone: no reply to {asked_of(state, step)}"
    if is_unanswered and is_on_its_way:
        return f"{step.name} is unknown: no reply to {asked_of(state, step)}"
    if status == StepStatus.SUCCEEDED and step.forward_only and not is_on_its_way:
        return f"{step.name} succeeded although the saga was undone"
    return ""
