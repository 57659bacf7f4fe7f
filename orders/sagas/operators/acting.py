"""Carry out an operator's verb on a saga: by permission, for a reason, recorded as an act.

With ``dry_run`` a verb says what it would do and does nothing. One that moves money above the limit
of one person is proposed to a second one.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import transaction

from orders.models import ProposedAct, RefundProposal
from orders.sagas.engine.engine import carry_out
from orders.sagas.engine.rows import Progress, load_instances, save
from orders.sagas.engine.state import SagaState
from orders.sagas.models import SagaInstance
from orders.sagas.operators.interventions import LONGEST_REFERENCE, Refused
from orders.sagas.operators.outlook import Outlook, amount_of, outlook
from orders.services import ReturnRefused
from orders.services.approvals import carries_out, needs_another, propose
from orders.services.locks import lock_order
from outbox import conversations
from outbox.acts import ReasonMissing, record_act, shell_operator
from outbox.declarations import originate
from outbox.kit.clock import database_now
from outbox.kit.texts import LONGEST_REASON, fit
from outbox.messages import Command
from payments.commands import Hand

VERBS: dict[str, "Verb"] = {}
"""Every verb by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """What operators can do to a saga; registers itself, and is called to do it.

    :ivar permission: what an operator needs for it.
    :ivar effect: a sentence that says beforehand what it does.
    :ivar decide: changes the saga's state, given who did what by hand and a step's name.
    :ivar asks: what an operator has to give besides the reason: ``step``, ``reference`` or nothing.
    :ivar moves_money: whether what was decided moves or settles money; ``None`` if it never does.
    :ivar publishes: commands it may publish besides those of the saga's steps.
    """

    name: str
    permission: str
    effect: str
    decide: Callable[[SagaState, Hand, str], None]
    asks: str = ""
    moves_money: Callable[[SagaState], bool] | None = None
    publishes: Sequence[type[Command]] = ()

    def __post_init__(self) -> None:
        VERBS[self.name] = self
        originate(f"orders.{self.name}", self.publishes)

    @transaction.atomic
    def __call__(  # noqa: PLR0913 - who does what to which saga, why and how
        self,
        *,
        saga_id: UUID,
        by: AbstractUser | None,
        reason: str,
        step: str = "",
        reference: str = "",
        dry_run: bool = False,
    ) -> Outlook:
        """Do it, propose it, or say what it would do.

        :param by: who asks; ``None`` means the operator at the shell.
        :param reason: of ``resolve``, how it was done; the ledger keeps it.
        :param reference: where it can be looked up, such as the number of a bank transfer.
        :raises Refused: it makes no sense for the saga in its present status.
        :raises PermissionDenied: the operator lacks the permission.
        :raises ReasonMissing: the reason is empty.
        :raises ReturnRefused: something of the order is proposed already.
        """
        if by is not None and not by.has_perm(self.permission):
            raise PermissionDenied(f"{by} may not {self.name} sagas: {self.permission} is needed")
        if not reason.strip() and not dry_run:
            raise ReasonMissing(f"{self.name}: give a reason")
        hand = Hand(
            made_by=by.get_username() if by else shell_operator(),
            how=fit(reason.strip(), LONGEST_REASON),
            reference=fit(reference, LONGEST_REFERENCE),
        )
        progress = _locked(saga_id)
        decided = _decide(self, progress, hand, step)
        order = lock_order(progress.instance.correlation_id)
        moves_money = self.moves_money is not None and self.moves_money(progress.state)
        amount = amount_of(progress.state)
        if by is None or not moves_money or not needs_another(order, amount):
            if not dry_run:
                _carry_out(self, progress, hand, decided)
            return decided
        if dry_run:
            return replace(decided, needs_another=True)
        details = {
            "saga": str(saga_id),
            "verb": self.name,
            "step": step,
            "reference": hand.reference,
        }
        act = ProposedAct.INTERVENTION
        propose(order, act, amount=amount, reason=reason, by=by, details=details)
        status = decided.before
        return Outlook(status, status, changes=[], sends=[], left=[], needs_another=True)


@carries_out(ProposedAct.INTERVENTION)
def intervene_as_agreed(proposal: RefundProposal, by: AbstractUser) -> Outlook:
    """Carry out a verb that a second person has approved."""
    wanted = proposal.details
    verb = VERBS[wanted["verb"]]
    hand = Hand(
        made_by=proposal.proposed_by,
        how=proposal.reason,
        approved_by=by.get_username(),
        reference=wanted["reference"],
    )
    progress = _locked(UUID(wanted["saga"]))
    try:
        decided = _decide(verb, progress, hand, wanted["step"])
    except Refused as refusal:
        raise ReturnRefused(str(refusal)) from refusal
    _carry_out(verb, progress, hand, decided)
    return decided


def _locked(saga_id: UUID) -> Progress:
    conversations.lock([SagaInstance.objects.get(pk=saga_id).correlation_id])
    loaded = load_instances(SagaInstance.objects.select_for_update().filter(pk=saga_id))
    if not loaded:
        raise Refused("it has ended, under a definition that this code does not have")
    return loaded[0]


def _decide(verb: Verb, progress: Progress, hand: Hand, step: str) -> Outlook:
    before = progress.state.status
    verb.decide(progress.state, hand, step)
    return outlook(before, progress.state)


def _carry_out(verb: Verb, progress: Progress, hand: Hand, decided: Outlook) -> None:
    record_act(
        actor=hand.made_by,
        verb=f"{verb.name} saga",
        subject=f"saga {progress.instance.pk}",
        correlation_id=progress.instance.correlation_id,
        reason=hand.how,
        details={**asdict(decided), "approved_by": hand.approved_by, "reference": hand.reference},
    )
    carry_out(progress, f"operator: {verb.name}", None, database_now())
    save([progress])
