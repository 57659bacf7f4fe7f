"""Rebuild a read model by workers, step by step: begin, compare, swap, roll back, forget.

A row holds all there is to know. A worker that takes a step keeps others away for a while, and not
for ever: what it leaves undone, another one takes up.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from django.db import router, transaction
from django.db.models import Q

from outbox.acts import record_act
from outbox.history import CannotReconstruct
from outbox.kit.clock import database_now
from outbox.kit.texts import LONGEST_REASON, fit
from readmodels.drift.sampling import drift_is_over
from readmodels.models import Rebuild, RebuildStage
from readmodels.rebuild import rebuild as steps
from readmodels.rebuild import shadow
from readmodels.rebuild.catch_up import RebuildRefused
from readmodels.rebuild.comparison import compare

BY_WORKERS: Final = (
    RebuildStage.REPLAYING,
    RebuildStage.COMPARING,
    RebuildStage.SWAPPING,
    RebuildStage.ROLLING_BACK,
)
"""The stages in which workers have something to do."""

ENDED: Final = (RebuildStage.SWAPPED, RebuildStage.ROLLED_BACK)

SWAPPABLE: Final = (RebuildStage.READY, RebuildStage.FAILED)

DROPPABLE: Final = (
    RebuildStage.REPLAYING,
    RebuildStage.COMPARING,
    RebuildStage.READY,
    RebuildStage.FAILED,
)

LEASE: Final = timedelta(minutes=15)
"""How long a worker keeps others away from a step; few tables take as long to compare."""

SECONDS_PER_STEP: Final = 5.0
"""How long one task replays before it lets the next one go on."""


def begin(name: str, *, actor: str, reason: str) -> Rebuild:
    """Begin to rebuild a read model; workers go on until it is ready for the swap.

    :raises RebuildRefused: there is no such read model, or a rebuild of it is under way.
    :raises ReasonMissing: the reason is empty.
    """
    with _act("rebuild", name, actor, reason):
        if Rebuild.objects.filter(pk=name, swapped_at=None).exists():
            raise RebuildRefused(f"{name}: a rebuild of it is under way: swap it, or drop it")
        row = steps.begin(name)
        _enter(row, RebuildStage.REPLAYING, expected=steps.estimate())
        return row


def swap(name: str, *, actor: str, reason: str) -> Rebuild:
    """Have a compared table replace the live one.

    :raises RebuildRefused: none is ready.
    :raises ReasonMissing: the reason is empty.
    """
    with _act("swap read model", name, actor, reason):
        row = _locked(name, "none is ready for the swap", *SWAPPABLE)
        if row.would_change is None or row.swapped_at is not None:
            raise RebuildRefused(f"{name}: its tables have not been compared")
        _enter(row, RebuildStage.SWAPPING, error="")
        return row


def roll_back(name: str, *, actor: str, reason: str) -> Rebuild:
    """Have the replaced table put back, brought up to date.

    :raises RebuildRefused: nothing was swapped, or a rebuild is under way.
    :raises ReasonMissing: the reason is empty.
    """
    ended = (*ENDED, RebuildStage.BY_COMMAND, RebuildStage.FAILED)
    with _act("roll back read model", name, actor, reason):
        row = _locked(name, "nothing was swapped, or a rebuild is under way", *ended)
        if row.swapped_at is None:
            raise RebuildRefused(f"{name}: its rebuild has not swapped the tables")
        _enter(row, RebuildStage.ROLLING_BACK, error="")
        return row


def drop(name: str, *, actor: str, reason: str) -> None:
    """Forget an unfinished rebuild; the live table does not change.

    :raises RebuildRefused: none is unfinished.
    :raises ReasonMissing: the reason is empty.
    """
    with _act("drop rebuild", name, actor, reason):
        _locked(name, "no rebuild is unfinished", *DROPPABLE)
        steps.drop(name)


def advance_rebuilds() -> None:
    """Take the next step of each rebuild that workers have to go on with."""
    for name in list(Rebuild.objects.filter(stage__in=BY_WORKERS).values_list("pk", flat=True)):
        if _take(name):
            row = Rebuild.objects.get(pk=name)
            try:
                _STEPS[RebuildStage(row.stage)](row)
            except (RebuildRefused, CannotReconstruct) as refused:
                _enter(row, RebuildStage.FAILED, error=fit(str(refused), LONGEST_REASON))
            except Rebuild.DoesNotExist:
                continue
            Rebuild.objects.filter(pk=name).update(taken_until=None, moved_at=database_now())


def _replay(row: Rebuild) -> None:
    until = time.monotonic() + SECONDS_PER_STEP
    while time.monotonic() < until:
        if not steps.advance(row):
            _enter(row, RebuildStage.COMPARING)
            return


def _compare(row: Rebuild) -> None:
    model = steps.read_model(row.name)
    would_change = len(steps.changes_of(row))
    found = []
    for table in model.tables:
        with shadow.unhurried(model.database):
            found.append(asdict(compare(table, shadow.NEXT, database=model.database)))
    _enter(row, RebuildStage.READY, comparison=found, would_change=would_change)


def _swap(row: Rebuild) -> None:
    steps.finish(row)
    drift_is_over(row.name)
    _enter(row, RebuildStage.SWAPPED)


def _roll_back(row: Rebuild) -> None:
    steps.roll_back(row.name)
    _enter(row, RebuildStage.ROLLED_BACK)


_STEPS: Final = {
    RebuildStage.REPLAYING: _replay,
    RebuildStage.COMPARING: _compare,
    RebuildStage.SWAPPING: _swap,
    RebuildStage.ROLLING_BACK: _roll_back,
}


def _take(name: str) -> bool:
    """Keep other workers away from a rebuild, unless one keeps this one away."""
    now = database_now()
    is_free = Q(taken_until=None) | Q(taken_until__lt=now)
    free = Rebuild.objects.filter(is_free, pk=name, stage__in=BY_WORKERS)
    return bool(free.update(taken_until=now + LEASE))


def _enter(row: Rebuild, stage: RebuildStage, **fields: Any) -> None:
    """Note how far a rebuild is; one that was dropped meanwhile stays away."""
    row.stage = stage
    Rebuild.objects.filter(pk=row.pk).update(stage=stage, moved_at=database_now(), **fields)


def _locked(name: str, otherwise: str, *stages: RebuildStage) -> Rebuild:
    row = Rebuild.objects.select_for_update().filter(pk=name, stage__in=stages).first()
    if row is None:
        raise RebuildRefused(f"{name}: {otherwise}")
    return row


@contextmanager
def _act(verb: str, name: str, actor: str, reason: str) -> Iterator[None]:
    """Record an act of an operator together with what the block does."""
    with transaction.atomic(using=router.db_for_write(Rebuild)), transaction.atomic():
        yield
        known: Any = Rebuild.objects.filter(pk=name).values("stage", "replayed", "would_change")
        record_act(actor=actor, verb=verb, subject=name, reason=reason, details=known.first() or {})
