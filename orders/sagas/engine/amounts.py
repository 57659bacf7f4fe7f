"""What is at stake, in words: amounts and units, found in what a saga has heard."""

from orders.sagas.engine.state import SagaState
from orders.sagas.models import StepStatus
from orders.sagas.vocabulary.saga import Step
from outbox.kit.money import money
from outbox.messages import Command, context_of

OWED = (
    StepStatus.COMPENSATING,
    StepStatus.SUCCEEDED,
    StepStatus.DISPATCHED,
    StepStatus.UNKNOWN,
    StepStatus.SKIPPED,
)
"""Steps of a saga on its way back whose undo is asked for, or will be."""


def asked_of(state: SagaState, step: Step) -> str:
    """Put into words what a step asks for in its status: ``RefundPayment (12.50 GBP)``."""
    return in_words(state, type(state.command_of(step)))


def in_words(state: SagaState, command: type[Command]) -> str:
    """Put a command of a saga into words."""
    stake = {"payments": _money, "inventory": _goods}.get(context_of(command), _nothing)(state)
    return f"{command.__name__} ({stake})" if stake else command.__name__


def money_at_stake(verb: str, state: SagaState) -> int | None:
    """Return what an operator's verb moves or settles, in minor units; nothing if it is no money.

    What a return has claimed was counted when it was claimed.
    """
    is_undone = state.undoing and any(
        context_of(step.compensation) == "payments" and state.of(step) in OWED
        for step in state.saga.steps
        if step.compensation is not None
    )
    is_settled = any(type(each) in _records(state) for each in state.commands)
    if not (is_undone if verb == "compensate" else is_settled):
        return None
    return 0 if "return_id" in state.heard else int(state.heard.get("amount", 0))


def _records(state: SagaState) -> set[type[Command] | None]:
    return {
        record
        for step in state.saga.steps
        for record in (step.by_hand, step.undone_by_hand, step.waiver)
    }


def _money(state: SagaState) -> str:
    amount, currency = state.heard.get("amount"), state.heard.get("currency")
    return "" if amount is None or not currency else money(amount, currency)


def _goods(state: SagaState) -> str:
    lines = state.heard.get("lines") or ()
    return ", ".join(f"{line['quantity']} x {line['sku']}" for line in lines)


def _nothing(_state: SagaState) -> str:
    return ""


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
