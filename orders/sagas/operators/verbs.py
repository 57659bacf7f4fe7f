"""Operators' verbs on a saga: each by permission, for a reason, and with a row that says so.

With ``dry_run`` a verb tells what it would do and does nothing. One that moves money, or settles it
by hand, is proposed to a second person above the limit of one.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import transaction

from orders.models import ProposedAct, RefundProposal
from orders.sagas.engine.course import move_on
from orders.sagas.engine.engine import carry_out
from orders.sagas.engine.rows import Progress, load_instances, save
from orders.sagas.engine.stakes import asked_of, in_words, money_at_stake, residue
from orders.sagas.engine.state import SagaState
from orders.sagas.models import SagaInstance, StepStatus
from orders.sagas.operators import interventions
from orders.sagas.operators.interventions import LONGEST_REFERENCE, Refused
from orders.services import ReturnRefused
from orders.services.approvals import carries_out, needs_another, propose
from orders.services.locks import lock_order
from outbox import conversations
from outbox.acts import ReasonMissing, record_act, shell_operator
from outbox.kit.clock import database_now
from outbox.kit.texts import LONGEST_REASON, fit
from outbox.wiring import publishes
from payments.commands import Hand, RecordCharge, RecordRefund, RecordRefundPart, WaivePayment

PERMISSIONS = {
    "retry": "sagas.retry_saga",
    "compensate": "sagas.compensate_saga",
    "skip": "sagas.skip_step",
    "suspend": "sagas.suspend_saga",
    "resume": "sagas.suspend_saga",
    "resolve": "sagas.resolve_saga",
}
"""What an operator needs for each verb."""

Intervention = Callable[[SagaState, Hand, str], None]

_INTERVENTIONS: Mapping[str, Intervention] = {
    "retry": lambda state, _hand, _step: interventions.retry(state),
    "compensate": lambda state, _hand, _step: interventions.compensate(state),
    "skip": lambda state, hand, step: interventions.skip(state, step, hand),
    "suspend": lambda state, _hand, _step: interventions.suspend(state),
    "resume": lambda state, _hand, _step: interventions.resume(state),
    "resolve": lambda state, hand, _step: interventions.resolve(state, hand),
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a verb does, or would do.

    :ivar before: the saga's status, and ``after`` the one that it leads to at once.
    :ivar changes: what is decided about the steps.
    :ivar sends: the commands that follow if each is answered, with amounts and units.
    :ivar left: what stays charged or held for a human.
    :ivar needs_another: whether it is only proposed: a second person has to agree.
    """

    before: str
    after: str
    changes: list[str]
    sends: list[str]
    left: list[str]
    needs_another: bool = False


def retry(*, saga_id: UUID, by: AbstractUser | None, reason: str, dry_run: bool = False) -> Outlook:
    """Send what is unanswered again now.

    :param by: who asks; ``None`` is whoever runs a command on the machine.
    :raises Refused: nothing is unanswered.
    :raises PermissionDenied: the operator may not do this.
    :raises ReasonMissing: the reason is empty.
    """
    return _act("retry", saga_id, by, reason, dry_run=dry_run)


def compensate(
    *, saga_id: UUID, by: AbstractUser | None, reason: str, dry_run: bool = False
) -> Outlook:
    """Undo a saga from where it is; raises as :func:`retry` does."""
    return _act("compensate", saga_id, by, reason, dry_run=dry_run)


@publishes(WaivePayment)
def skip(
    *, saga_id: UUID, step: str, by: AbstractUser | None, reason: str, dry_run: bool = False
) -> Outlook:
    """Let a saga go on without a step that waits; raises as :func:`retry` does."""
    return _act("skip", saga_id, by, reason, dry_run=dry_run, step=step)


def suspend(
    *, saga_id: UUID, by: AbstractUser | None, reason: str, dry_run: bool = False
) -> Outlook:
    """Stop a saga where it is; raises as :func:`retry` does."""
    return _act("suspend", saga_id, by, reason, dry_run=dry_run)


def resume(
    *, saga_id: UUID, by: AbstractUser | None, reason: str, dry_run: bool = False
) -> Outlook:
    """Let a suspended saga go on; raises as :func:`retry` does."""
    return _act("resume", saga_id, by, reason, dry_run=dry_run)


@publishes(RecordCharge, RecordRefund, RecordRefundPart)
def resolve(
    *,
    saga_id: UUID,
    by: AbstractUser | None,
    reason: str,
    reference: str = "",
    dry_run: bool = False,
) -> Outlook:
    """Take what is unanswered for done by hand; raises as :func:`retry` does.

    :param reason: how it was done, which stands in the books.
    :param reference: where it can be looked up, such as the number of a bank transfer.
    """
    return _act("resolve", saga_id, by, reason, dry_run=dry_run, reference=reference)


@carries_out(ProposedAct.INTERVENTION)
def intervene_as_agreed(proposal: RefundProposal, by: AbstractUser) -> Outlook:
    """Do with a saga what two people agree on."""
    wanted = proposal.details
    hand = Hand(
        made_by=proposal.proposed_by,
        how=proposal.reason,
        approved_by=by.get_username(),
        reference=wanted["reference"],
    )
    progress = _locked(UUID(wanted["saga"]))
    try:
        outlook = _intervene(wanted["verb"], progress, hand, wanted["step"])
    except Refused as refusal:
        raise ReturnRefused(str(refusal)) from refusal
    _carry_out(wanted["verb"], progress, hand, outlook)
    return outlook


@transaction.atomic
def _act(  # noqa: PLR0913 - who does what to which saga, why and how
    verb: str,
    saga_id: UUID,
    by: AbstractUser | None,
    reason: str,
    *,
    dry_run: bool,
    step: str = "",
    reference: str = "",
) -> Outlook:
    if by is not None and not by.has_perm(PERMISSIONS[verb]):
        raise PermissionDenied(f"{by} may not {verb} sagas: {PERMISSIONS[verb]} is needed")
    if not reason.strip() and not dry_run:
        raise ReasonMissing(f"{verb}: give a reason")
    made_by = by.get_username() if by else shell_operator()
    hand = Hand(
        made_by=made_by,
        how=fit(reason.strip(), LONGEST_REASON),
        reference=fit(reference, LONGEST_REFERENCE),
    )
    progress = _locked(saga_id)
    before = progress.state.status.label.lower()
    outlook = _intervene(verb, progress, hand, step)
    order = lock_order(progress.instance.correlation_id)
    stake = money_at_stake(verb, progress.state)
    if by is not None and stake is not None and needs_another(order, stake):
        if dry_run:
            return replace(outlook, needs_another=True)
        details = {"saga": str(saga_id), "verb": verb, "step": step, "reference": hand.reference}
        propose(
            order, ProposedAct.INTERVENTION, amount=stake, reason=reason, by=by, details=details
        )
        return Outlook(before, before, changes=[], sends=[], left=[], needs_another=True)
    if not dry_run:
        _carry_out(verb, progress, hand, outlook)
    return outlook


def _locked(saga_id: UUID) -> Progress:
    conversations.lock([SagaInstance.objects.get(pk=saga_id).correlation_id])
    loaded = load_instances(SagaInstance.objects.select_for_update().filter(pk=saga_id))
    if not loaded:
        raise Refused("it has ended, under a definition that this code does not have")
    return loaded[0]


def _intervene(verb: str, progress: Progress, hand: Hand, step: str) -> Outlook:
    state = progress.state
    before = state.status
    _INTERVENTIONS[verb](state, hand, step)
    return Outlook(
        before=before.label.lower(),
        after=state.status.label.lower(),
        changes=list(state.changes),
        sends=_recorded(state) + _foreseen(state),
        left=residue(state),
    )


def _carry_out(verb: str, progress: Progress, hand: Hand, outlook: Outlook) -> None:
    record_act(
        actor=hand.made_by,
        verb=f"{verb} saga",
        subject=f"saga {progress.instance.pk}",
        correlation_id=progress.instance.correlation_id,
        reason=hand.how,
        details={**asdict(outlook), "approved_by": hand.approved_by, "reference": hand.reference},
    )
    carry_out(progress, f"operator: {verb}", None, database_now())
    save([progress])


def _recorded(state: SagaState) -> list[str]:
    """Say what is recorded as done by hand."""
    asked = [state.command_of(step) for step in state.saga.every_step if step.name in state.asked]
    return [in_words(state, type(each)) for each in state.commands if each not in asked]


def _foreseen(state: SagaState) -> list[str]:
    """Say what is sent now, and on the way back what is sent after it."""
    ahead, sends = deepcopy(state), []
    while asked := [step for step in ahead.saga.every_step if step.name in ahead.asked]:
        sends += [asked_of(ahead, step) for step in asked]
        ahead.asked.clear()
        for step in asked:
            if ahead.of(step) == StepStatus.COMPENSATING:
                ahead.mark(step, StepStatus.COMPENSATED)
                move_on(ahead)
    return sends


SERVICES: Mapping[str, Callable[..., Outlook]] = {
    "retry": retry,
    "compensate": compensate,
    "skip": skip,
    "suspend": suspend,
    "resume": resume,
    "resolve": resolve,
}
"""What does each verb, for those who offer all of them."""
