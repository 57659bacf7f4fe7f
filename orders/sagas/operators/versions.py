"""Find running sagas that this code cannot finish, and migrate them to a newer version."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from orders.sagas.engine.course import move_on
from orders.sagas.engine.engine import carry_out
from orders.sagas.engine.rows import Progress, save
from orders.sagas.models import ENDED, SagaInstance, SagaStatus, SagaStep, StepStatus
from orders.sagas.vocabulary.saga import Migration, Saga, definitions, migrations
from outbox import conversations
from outbox.acts import record_act, shell_operator
from outbox.kit.clock import database_now

CAUSE = "migrated"


class BadMigration(Exception):
    """A migration leaves steps that its saga cannot continue from; the message says what."""


@dataclass(frozen=True, slots=True)
class Stranded:
    """Running sagas that this code cannot finish, and why."""

    definition: str
    version: int
    count: int
    why: str


def stranded() -> list[Stranded]:
    """Find running sagas whose definition this code does not have, or has edited in place."""
    found = []
    running = SagaInstance.objects.exclude(status__in=ENDED)
    pinned = running.values_list("definition", "version", "fingerprint").annotate(Count("pk"))
    for name, version, fingerprint, count in pinned.order_by("definition", "version"):
        saga = definitions.get((name, version))
        if saga is None:
            found.append(Stranded(name, version, count, "this code does not have it"))
        elif fingerprint not in ("", saga.fingerprint):
            found.append(Stranded(name, version, count, "it was edited under them"))
    return found


def migrate(*, reason: str) -> Iterator[tuple[type[Saga], int, int]]:
    """Apply every migration to the sagas it is for, one transaction each.

    :returns: for each migration its saga, the version it moves from, and how many it moved.
    :raises BadMigration: a migration leaves steps that its saga does not have.
    """
    for (saga, from_version), migration in migrations.items():
        behind = SagaInstance.objects.filter(definition=saga.name, version=from_version)
        behind = behind.exclude(status__in=ENDED)
        keys = list(behind.values_list("pk", "correlation_id"))
        moved = sum(_migrate(key, order, saga, migration, reason) for key, order in keys)
        yield saga, from_version, moved


@transaction.atomic
def _migrate(key: UUID, order: UUID, saga: type[Saga], migration: Migration, reason: str) -> bool:
    conversations.lock([order])
    instance = SagaInstance.objects.select_for_update().get(pk=key)
    if instance.status in ENDED or instance.version == saga.version:
        return False
    rows = {row.name: row for row in instance.steps.all()}
    statuses: dict[str, str] = {name: row.status for name, row in rows.items()}
    migration(statuses, instance.received)
    _check(saga, statuses)
    before = instance.version
    instance.version, instance.fingerprint = saga.version, saga.fingerprint
    instance.save(update_fields=["version", "fingerprint"])
    _write_steps(instance, rows, statuses)
    progress = Progress(instance, instance.steps.all(), new=False)
    state = progress.state
    state.changes = [f"saga on version {saga.version}"]
    state.changes += [
        f"{name} {StepStatus(status).label.lower()}" for name, status in statuses.items()
    ]
    if state.compensating:
        state.changes.append("saga was compensating")
    if state.status == SagaStatus.SUSPENDED:
        state.changes.append("saga suspended")
    move_on(state)
    carry_out(progress, CAUSE, None, database_now())
    save([progress])
    record_act(
        actor=shell_operator(),
        verb="migrate saga",
        subject=f"saga {key}",
        correlation_id=order,
        reason=reason,
        details={"from": before, "to": saga.version, "steps": statuses},
    )
    return True


def _check(saga: type[Saga], statuses: dict[str, str]) -> None:
    known = {step.name for step in saga.every_step}
    if strangers := sorted(set(statuses) - known):
        raise BadMigration(
            f"{saga.name} version {saga.version} has no step {', '.join(strangers)}: "
            "its migration has to remove them"
        )
    if wrong := sorted(set(statuses.values()) - set(StepStatus.values)):
        raise BadMigration(f"{saga.name}: {', '.join(wrong)} is no status of a step")


def _write_steps(
    instance: SagaInstance, rows: dict[str, SagaStep], statuses: dict[str, str]
) -> None:
    now = database_now()
    instance.steps.exclude(name__in=statuses).delete()
    for name, status in statuses.items():
        row = rows.get(name) or SagaStep(saga=instance, name=name, dispatched_at=now, ended_at=now)
        row.status = status
        row.save()
