"""Sagas between the tables and their decisions: load them, note what was decided, save them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from orders.sagas.definition import Saga, Step, definitions
from orders.sagas.models import (
    ENDED,
    SagaHistory,
    SagaInstance,
    SagaStatus,
    SagaStep,
    StepStatus,
)
from orders.sagas.reactions import SagaState
from outbox import bulk
from outbox.messages import Command

WAITING = (StepStatus.DISPATCHED, StepStatus.COMPENSATING)
"""A step of these statuses waits for a reply until its deadline."""


class UnknownDefinition(Exception):
    """An instance is pinned to a version of a saga that the running code does not have."""


class Progress:
    """One instance while it is being moved: its rows, and the state that decisions change."""

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
            steps={name: StepStatus(step.status) for name, step in self.steps.items()},
            attempts={name: step.attempts for name, step in self.steps.items()},
            heard=instance.heard,
            attention_reason=instance.attention_reason,
        )

    def note(self, *, cause: str, message_id: UUID | None, now: datetime) -> list[Command]:
        """Take what was decided over into the rows; return the commands to be sent."""
        state = self.state
        if not state.changes:
            return []
        self.history.append(
            SagaHistory(
                saga=self.instance,
                message_id=message_id,
                cause=cause,
                status=state.status,
                changes=", ".join(state.changes),
                at=now,
            )
        )
        for name in state.touched:
            self._note_step(name, now)
        instance = self.instance
        instance.status = state.status
        if state.status != SagaStatus.NEEDS_ATTENTION:
            state.attention_reason = ""
        instance.attention_reason = state.attention_reason
        instance.next_action_at = self._next_action_at()
        if state.status in ENDED:
            instance.ended_at = now
        commands, state.commands = state.commands, []
        state.changes, state.touched = [], set()
        return commands

    def overdue_steps(self, now: datetime) -> list[Step]:
        """Return the steps whose reply is late."""
        late = {n for n, s in self.steps.items() if s.status in WAITING and s.deadline_at <= now}
        return [step for step in self.saga.every_step if step.name in late]

    def _note_step(self, name: str, now: datetime) -> None:
        definition = next(step for step in self.saga.every_step if step.name == name)
        if name not in self.steps:
            self.steps[name] = SagaStep(saga=self.instance, name=name, dispatched_at=now)
            self.new_steps.append(self.steps[name])
        row = self.steps[name]
        if row.pk is not None:
            self.changed_steps.add(name)
        row.status = self.state.steps[name]
        row.attempts = self.state.attempts[name]
        if row.status in WAITING:
            row.deadline_at = now + definition.deadline
            row.ended_at = None
        else:
            row.ended_at = now

    def _next_action_at(self) -> datetime | None:
        if self.state.status in (*ENDED, SagaStatus.NEEDS_ATTENTION):
            return None
        waiting = [step.deadline_at for step in self.steps.values() if step.status in WAITING]
        return min(waiting, default=None)


def definition_of(instance: SagaInstance) -> type[Saga]:
    """Return the definition that an instance is pinned to.

    :raises UnknownDefinition: this code does not have it.
    """
    saga = definitions.get((instance.definition, instance.version))
    if saga is None:
        raise UnknownDefinition(
            f"{instance.definition} version {instance.version} is not in this code: deploy it again"
        )
    return saga


def load(order_ids: Iterable[UUID]) -> dict[UUID, list[Progress]]:
    """Lock the sagas of these orders in key order."""
    found: dict[UUID, list[Progress]] = defaultdict(list)
    rows = SagaInstance.objects.filter(correlation_id__in=list(order_ids)).order_by("id")
    for progress in load_instances(rows.select_for_update()):
        found[progress.instance.correlation_id].append(progress)
    return found


def load_instances(instances: Iterable[SagaInstance]) -> list[Progress]:
    """Bring instances together with their steps."""
    by_id = {instance.id: instance for instance in instances}
    steps = defaultdict(list)
    for step in SagaStep.objects.filter(saga__in=by_id):
        steps[step.saga_id].append(step)
    return [Progress(instance, steps[key], new=False) for key, instance in by_id.items()]


def save(moved: Iterable[Progress]) -> None:
    """Write what was noted, with one statement per table and kind."""
    moved = [progress for progress in moved if progress.history]
    bulk.insert(p.instance for p in moved if p.is_new)
    bulk.update(
        [p.instance for p in moved if not p.is_new],
        ["status", "heard", "next_action_at", "attention_reason", "ended_at"],
    )
    bulk.insert(step for p in moved for step in p.new_steps)
    bulk.update(
        [p.steps[name] for p in moved for name in p.changed_steps],
        ["status", "attempts", "deadline_at", "ended_at"],
    )
    bulk.insert(entry for p in moved for entry in p.history)
