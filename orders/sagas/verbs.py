"""Operators' verbs on a saga: each by permission, for a reason, and with a row that says so.

With ``dry_run`` a verb tells what it would do and does nothing.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from functools import partial
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import transaction

from orders.sagas import interventions
from orders.sagas.course import move_on
from orders.sagas.engine import carry_out
from orders.sagas.interventions import Refused
from orders.sagas.models import SagaInstance, StepStatus
from orders.sagas.progress import load_instances, save
from orders.sagas.stakes import asked_of, residue
from orders.sagas.state import SagaState
from outbox import conversations
from outbox.acts import ReasonMissing, record_act, shell_operator
from outbox.clock import database_now

PERMISSIONS = {
    "retry": "sagas.retry_saga",
    "compensate": "sagas.compensate_saga",
    "skip": "sagas.skip_step",
    "suspend": "sagas.suspend_saga",
    "resume": "sagas.suspend_saga",
    "resolve": "sagas.resolve_saga",
}
"""What an operator needs for each verb."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a verb does, or would do.

    :ivar before: the saga's status, and ``after`` the one that it leads to at once.
    :ivar changes: what is decided about the steps.
    :ivar sends: the commands that follow if each is answered, with amounts and units.
    :ivar left: what stays charged or held for a human.
    """

    before: str
    after: str
    changes: list[str]
    sends: list[str]
    left: list[str]


def retry(*, saga_id: UUID, by: AbstractUser | None, reason: str, dry_run: bool = False) -> Outlook:
    """Send what is unanswered again now.

    :param by: who asks; ``None`` is whoever runs a command on the machine.
    :raises Refused: nothing is unanswered.
    :raises PermissionDenied: the operator may not do this.
    :raises ReasonMissing: the reason is empty.
    """
    return _act("retry", interventions.retry, saga_id, by, reason, dry_run=dry_run)


def compensate(
    *, saga_id: UUID, by: AbstractUser | None, reason: str, dry_run: bool = False
) -> Outlook:
    """Undo a saga from where it is; raises as :func:`retry` does."""
    return _act("compensate", interventions.compensate, saga_id, by, reason, dry_run=dry_run)


def skip(
    *, saga_id: UUID, step: str, by: AbstractUser | None, reason: str, dry_run: bool = False
) -> Outlook:
    """Let a saga go on without a step that waits; raises as :func:`retry` does."""
    without_step = partial(interventions.skip, name=step)
    return _act("skip", without_step, saga_id, by, reason, dry_run=dry_run)


def suspend(
    *, saga_id: UUID, by: AbstractUser | None, reason: str, dry_run: bool = False
) -> Outlook:
    """Stop a saga where it is; raises as :func:`retry` does."""
    return _act("suspend", interventions.suspend, saga_id, by, reason, dry_run=dry_run)


def resume(
    *, saga_id: UUID, by: AbstractUser | None, reason: str, dry_run: bool = False
) -> Outlook:
    """Let a suspended saga go on; raises as :func:`retry` does."""
    return _act("resume", interventions.resume, saga_id, by, reason, dry_run=dry_run)


def resolve(
    *, saga_id: UUID, by: AbstractUser | None, reason: str, dry_run: bool = False
) -> Outlook:
    """Take what is unanswered for done by hand; raises as :func:`retry` does."""
    return _act("resolve", interventions.resolve, saga_id, by, reason, dry_run=dry_run)


@transaction.atomic
def _act(  # noqa: PLR0913 - who does what to which saga, and why
    verb: str,
    intervene: Callable[[SagaState], None],
    saga_id: UUID,
    by: AbstractUser | None,
    reason: str,
    *,
    dry_run: bool,
) -> Outlook:
    if by is not None and not by.has_perm(PERMISSIONS[verb]):
        raise PermissionDenied(f"{by} may not {verb} sagas: {PERMISSIONS[verb]} is needed")
    if not reason.strip() and not dry_run:
        raise ReasonMissing(f"{verb}: give a reason")
    conversations.lock([SagaInstance.objects.get(pk=saga_id).correlation_id])
    locked = SagaInstance.objects.select_for_update().filter(pk=saga_id)
    loaded = load_instances(locked)
    if not loaded:
        raise Refused("it has ended, under a definition that this code does not have")
    progress = loaded[0]
    before = progress.state.status
    intervene(progress.state)
    outlook = Outlook(
        before=before.label.lower(),
        after=progress.state.status.label.lower(),
        changes=list(progress.state.changes),
        sends=_foreseen(progress.state),
        left=residue(progress.state),
    )
    if not dry_run:
        record_act(
            actor=by.get_username() if by else shell_operator(),
            verb=f"{verb} saga",
            subject=f"saga {saga_id}",
            correlation_id=progress.instance.correlation_id,
            reason=reason,
            details=asdict(outlook),
        )
        carry_out(progress, f"operator: {verb}", None, database_now())
        save([progress])
    return outlook


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
