"""Name commands with their amounts and units, and what a saga leaves charged or held."""

from orders.sagas.engine.state import UNANSWERED, SagaState
from orders.sagas.models import StepStatus
from orders.sagas.vocabulary.saga import AnyStep
from outbox.kit.money import money
from outbox.messages import Command, context_of

REFUSED = "refused: "
"""How the error of a step begins whose command was refused."""


def command_with_amount(state: SagaState, step: AnyStep) -> str:
    """Name what a step asks for in its status: ``RefundPayment (12.50 GBP)``."""
    return with_amount(state, type(state.command_of(step)))


def with_amount(state: SagaState, command: type[Command]) -> str:
    """Name a command of a saga with the amount or the units it is about."""
    amount = {"payments": _money, "inventory": _units}.get(context_of(command), _nothing)(state)
    return f"{command.__name__} ({amount})" if amount else command.__name__


def residue(state: SagaState) -> list[str]:
    """List what is left that the saga can do nothing more about."""
    return [left for step in state.saga.every_step if (left := _left_by(state, step))]


def _money(state: SagaState) -> str:
    amount, currency = state.received.get("amount"), state.received.get("currency")
    return "" if amount is None or not currency else money(amount, currency)


def _units(state: SagaState) -> str:
    lines = state.received.get("lines") or ()
    return ", ".join(f"{line['quantity']} x {line['sku']}" for line in lines)


def _nothing(_state: SagaState) -> str:
    return ""


def refusal_of(state: SagaState, step: AnyStep) -> str:
    """Return the refusal that a step's command got, in words; empty if it got none."""
    known = state.errors.get(step.name, "")
    return known.removeprefix(REFUSED) if known.startswith(REFUSED) else ""


def _answer_to(state: SagaState, step: AnyStep) -> str:
    command = command_with_amount(state, step)
    if known := refusal_of(state, step):
        return f"{command} was refused: {known}"
    return f"no reply to {command}"


def _left_by(state: SagaState, step: AnyStep) -> str:
    status = state.of(step)
    is_unanswered = status in UNANSWERED and step.name not in state.waiting
    is_in_direction = not state.compensating or step is state.saga.on_abort
    if status == StepStatus.COMPENSATION_FAILED:
        return f"{step.name} is not compensated: {_answer_to(state, step)}"
    if is_unanswered and is_in_direction:
        return f"{step.name} is unknown: {_answer_to(state, step)}"
    if status == StepStatus.SUCCEEDED and step.forward_only and not is_in_direction:
        return f"{step.name} succeeded although the saga was compensated"
    return ""
