"""Load sagas from their tables, note what they decide, and save them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from orders.sagas.engine.pinning import definition_of, is_left_behind
from orders.sagas.engine.state import WAITING, SagaState
from orders.sagas.models import (
    ENDED,
    SagaHistory,
    SagaInstance,
    SagaStatus,
    SagaStep,
    StepStatus,
)
from orders.sagas.vocabulary.saga import AnyStep
from outbox.kit.rows import bulk
from outbox.messages import Command

_INSTANCE_COLUMNS = (
    "status",
    "compensating",
    "received",
    "next_action_at",
    "attention_reason",
    "suspended_at",
    "ended_at",
)
_STEP_COLUMNS = ("status", "attempts", "deadline_at", "ended_at", "last_error")


class Progress:
    """A saga in memory: its rows, and the state that decisions change."""

    def __init__(self, instance: SagaInstance, steps: Iterable[SagaStep], *, new: bool) -> None:
        self.instance = instance
        self.saga = definition_of(instance)
        self.steps = {step.name: step for step in steps}
        self.new_steps: list[SagaStep] = []
        self.changed_steps: set[str] = set()
        self.history: list[SagaHistory] = []
        self.is_new = new
        self.state = SagaState(
            saga=self.saga,
            status=SagaStatus(instance.status),
            compensating=instance.compensating,
            steps={name: StepStatus(step.status) for name, step in self.steps.items()},
            attempts={name: step.attempts for name, step in self.steps.items()},
            waiting={
                name
                for name, step in self.steps.items()
                if step.status in WAITING and step.deadline_at is not None
            },
            received=instance.received,
            attention_reason=instance.attention_reason,
        )

    def note(self, *, cause: str, message_id: UUID | None, now: datetime) -> list[Command]:
        """Copy what was decided into the rows; return the commands to send."""
        state = self.state
        if not state.changes:
            return []
        self.history.append(
            SagaHistory(
                saga_id=self.instance.id,
                message_id=message_id,
                cause=cause,
                status=state.status,
                changes=", ".join(state.changes),
                at=now,
            )
        )
        self._keep_time(now)
        for name in state.touched:
            self._note_step(name, now)
        instance = self.instance
        instance.status, instance.compensating = state.status, state.compensating
        if state.status != SagaStatus.NEEDS_ATTENTION:
            state.attention_reason = ""
        instance.attention_reason = state.attention_reason[:500]
        instance.next_action_at = self._next_action_at()
        instance.ended_at = now if state.status in ENDED else None
        commands, state.commands = state.commands, []
        state.changes, state.touched, state.asked, state.errors = [], set(), set(), {}
        state.postponed = {}
        return commands

    def overdue_steps(self, now: datetime) -> list[AnyStep]:
        """Return the steps whose deadline has passed."""
        return [
            step
            for step in self.saga.every_step
            if step.name in self.state.waiting
            and (deadline := self.steps[step.name].deadline_at) is not None
            and deadline <= now
        ]

    def _keep_time(self, now: datetime) -> None:
        """Stop deadlines while a saga is suspended; move them by that time when it is resumed."""
        since = self.instance.suspended_at
        if self.state.status == SagaStatus.SUSPENDED:
            self.instance.suspended_at = since or now
        elif since is not None:
            self.instance.suspended_at = None
            for name, row in self.steps.items():
                if row.deadline_at is not None:
                    row.deadline_at += now - since
                    self.changed_steps.add(name)

    def _note_step(self, name: str, now: datetime) -> None:
        state = self.state
        definition = next(step for step in self.saga.every_step if step.name == name)
        if name not in self.steps:
            self.steps[name] = SagaStep(saga_id=self.instance.id, name=name, dispatched_at=now)
            self.new_steps.append(self.steps[name])
        row = self.steps[name]
        if row.pk is not None:
            self.changed_steps.add(name)
        row.status, row.attempts = state.steps[name], state.attempts.get(name, 0)
        row.last_error = state.errors.get(name, row.last_error)[:200]
        row.ended_at = None if row.status in WAITING else now
        if name in state.asked:
            retry = state.backoff_of(definition)
            row.deadline_at = now + retry.wait(definition.deadline, row.attempts)
        elif name in state.postponed:
            row.deadline_at = max(state.postponed[name], now) + definition.deadline
        elif name not in state.waiting:
            row.deadline_at = None

    def _next_action_at(self) -> datetime | None:
        if self.state.status in (*ENDED, SagaStatus.SUSPENDED):
            return None
        deadlines = (self.steps[name].deadline_at for name in self.state.waiting)
        return min((each for each in deadlines if each is not None), default=None)


class Running:
    """The sagas of the conversations being handled; the locks on these protect their rows.

    :ivar of: by order, its sagas in the order in which they started.
    """

    def __init__(self) -> None:
        self.of: dict[UUID, list[Progress]] = {}

    def load(self, order_ids: Iterable[UUID]) -> None:
        """Load the sagas of those orders that are not loaded yet."""
        new = set(order_ids) - self.of.keys()
        self.of |= {order_id: [] for order_id in new}
        rows = bulk.select(SagaInstance, "correlation_id", new)
        for progress in load_instances(sorted(rows, key=attrgetter("id"))):
            self.of[progress.instance.correlation_id].append(progress)

    def save(self) -> None:
        """Write what was decided."""
        save(progress for sagas in self.of.values() for progress in sagas)


def load_instances(instances: Iterable[SagaInstance]) -> list[Progress]:
    """Load the steps of sagas; leave out those that ended under a definition that is gone.

    :raises UnknownDefinition: a running saga cannot continue with this code.
    """
    by_id = {each.id: each for each in instances if not is_left_behind(each)}
    steps = defaultdict(list)
    for step in bulk.select(SagaStep, "saga_id", by_id):
        steps[step.saga_id].append(step)
    return [Progress(instance, steps[key], new=False) for key, instance in by_id.items()]


def save(moved: Iterable[Progress]) -> None:
    """Write what was noted, with one statement."""
    moved = [progress for progress in moved if progress.history]
    changed = [p.steps[name] for p in moved for name in p.changed_steps]
    bulk.write(
        bulk.insertion(p.instance for p in moved if p.is_new),
        bulk.change([p.instance for p in moved if not p.is_new], _INSTANCE_COLUMNS),
        bulk.insertion(step for p in moved for step in p.new_steps),
        bulk.change(changed, _STEP_COLUMNS),
        bulk.insertion(entry for p in moved for entry in p.history),
    )
