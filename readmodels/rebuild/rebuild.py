"""Rebuild a read model from the log while the live one is served and kept up to date.

The log is replayed into a table beside the live one. What happens meanwhile shows as live rows
that have taken in more than the rebuilt ones; their conversations are replayed again, the last of
them behind a lock that is held for the swap alone. What is still owed to the projection at that
moment is folded into the rebuilt rows when it is delivered, or passed over if they have it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from outbox import conversations as locks
from outbox import history
from readmodels.drift import drift
from readmodels.models import Rebuild
from readmodels.projection import Projection, projections
from readmodels.rebuild import changes, shadow
from readmodels.rebuild.comparison import differing

CHUNK = 1_000
"""Conversations that one transaction replays."""

FEW = 200
"""So many rows may be caught up with while the live table is locked."""

MOST_ROUNDS = 50
"""Rounds of catching up before it is given up: writers are faster than the replay."""

ROUNDS_TO_BE_SURE = 3
"""So often a row has to differ after it was caught up with, before it is called wrong."""

LOCK_SECONDS = 2
"""How long the swap waits for readers and writers of the live table, and they for it."""


class RebuildRefused(Exception):
    """The rebuild cannot be done as things stand; says what to do."""


def read_model(name: str) -> Projection[Any]:
    """Find a read model by its name.

    :raises RebuildRefused: there is none.
    """
    if name not in projections:
        names = ", ".join(sorted(projections))
        raise RebuildRefused(f"no read model is called {name}: choose among {names}")
    return projections[name]


def begin(name: str) -> Rebuild:
    """Make an empty table beside the live one.

    :raises RebuildRefused: a rebuild of it is under way.
    """
    model = read_model(name)
    with transaction.atomic(using=model.database):
        known = Rebuild.objects.select_for_update().filter(pk=name).first()
        if known and known.swapped_at is None:
            raise RebuildRefused(
                f"a rebuild of {name} was interrupted after {known.replayed} conversations:"
                " go on with --resume, or forget it with --drop"
            )
        for table in model.tables:
            shadow.create(table, database=model.database)
        rebuild = Rebuild(name=name)
        rebuild.save()
        return rebuild


def resume(name: str) -> Rebuild:
    """Return the rebuild that was interrupted.

    :raises RebuildRefused: there is none.
    """
    model = read_model(name)
    rebuild = Rebuild.objects.filter(pk=name, swapped_at=None).first()
    if rebuild is None or not _stands(model, shadow.NEXT):
        raise RebuildRefused(f"no rebuild of {name} was interrupted: begin one without --resume")
    return rebuild


def drop(name: str) -> None:
    """Forget a rebuild that was not finished; the live table stays as it is."""
    rebuild = resume(name)
    model = read_model(name)
    with transaction.atomic(using=model.database):
        for table in model.tables:
            shadow.drop(table, shadow.NEXT, database=model.database)
        rebuild.delete()


def advance(rebuild: Rebuild) -> int:
    """Replay the next conversations in one transaction.

    :returns: how many; none are left at 0.
    """
    model = read_model(rebuild.name)
    with locks.snapshot(), shadow.looking_at(shadow.NEXT, database=model.database):
        rebuild.refresh_from_db(from_queryset=Rebuild.objects.select_for_update())
        conversations = history.conversations_after(rebuild.position, CHUNK)
        if conversations:
            replay(model, conversations, locked=False)
            rebuild.position = conversations[-1]
            rebuild.replayed += len(conversations)
            rebuild.save()
    return len(conversations)


def changes_of(rebuild: Rebuild) -> list[Any]:
    """List the keys of rows that the swap would change: none are late, so live ones are wrong."""
    model = read_model(rebuild.name)
    with shadow.unhurried(model.database):
        keys = differing(model.model, shadow.NEXT, database=model.database)
    for _ in range(ROUNDS_TO_BE_SURE):
        _catch_up_changed(model, shadow.NEXT, keys)
        settled = drift.settled(model, keys)
        keys = differing(model.model, shadow.NEXT, database=model.database, keys=settled)
    return keys


def finish(rebuild: Rebuild) -> None:
    """Catch up with what happened meanwhile, and put the rebuilt table in the live one's place.

    :raises RebuildRefused: conversations change faster than they are replayed.
    """
    model = read_model(rebuild.name)
    for table in model.tables:
        with shadow.unhurried(model.database):
            shadow.index(table, shadow.NEXT, database=model.database)
    with _caught_up(model, shadow.NEXT):
        _swap(model, shadow.NEXT)
        rebuild.swapped_at = timezone.now()
        rebuild.save()


def roll_back(name: str) -> None:
    """Put back the table that the last rebuild replaced, brought up to date.

    :raises RebuildRefused: there is none, or a rebuild is under way.
    """
    model = read_model(name)
    if Rebuild.objects.filter(pk=name, swapped_at=None).exists():
        raise RebuildRefused(f"a rebuild of {name} is under way: finish it, or --drop it")
    if not _stands(model, shadow.PREVIOUS):
        raise RebuildRefused(f"{name} was not rebuilt: there is nothing to go back to")
    with _caught_up(model, shadow.PREVIOUS):
        _swap(model, shadow.PREVIOUS)


def _stands(model: Projection[Any], schema: str) -> bool:
    database = model.database
    return all(shadow.exists(table, schema, database=database) for table in model.tables)


def _swap(model: Projection[Any], schema: str) -> None:
    for table in model.tables:
        shadow.swap(table, schema, database=model.database)


def replay(model: Projection[Any], conversations: Sequence[UUID], *, locked: bool = True) -> None:
    """Apply the history of conversations to a read model."""
    model.apply(list(history.history(conversations, model.subscriber.hears, locked=locked)))


def replay_anew(model: Projection[Any], conversations: Sequence[UUID]) -> None:
    """Apply their history to a read model that may have taken in some of it.

    Reconstructed events are numbered differently than in the log, so the row starts from scratch.
    """
    model.forget(model.load(conversations))
    replay(model, conversations)


@contextmanager
def _caught_up(model: Projection[Any], schema: str) -> Iterator[None]:
    """Bring the table of a schema up to the live one, and lock that while the body runs.

    Whole tables are compared before; behind the lock only what has changed since then.
    """
    database, table = model.database, model.model
    with changes.watched(table, database=database):
        with shadow.unhurried(database):
            behind = shadow.behind(table, schema, database=database)
        _catch_up(model, schema, behind)
        for _ in range(MOST_ROUNDS):
            changed = changes.take(table, database=database)
            _catch_up_changed(model, schema, changed)
            if len(changed) <= FEW:
                break
        else:
            raise RebuildRefused(f"{model.name} changes faster than it can be replayed: try later")
        with transaction.atomic(using=database):
            for each in model.tables:
                shadow.lock(each, LOCK_SECONDS, database=database)
            _catch_up_changed(model, schema, changes.take(table, database=database))
            changes.forget(table, database=database)
            yield


def _catch_up_changed(model: Projection[Any], schema: str, keys: Sequence[Any]) -> None:
    behind = shadow.behind(model.model, schema, database=model.database, keys=keys)
    _catch_up(model, schema, behind)


def _catch_up(model: Projection[Any], schema: str, keys: Sequence[Any]) -> None:
    database = model.database
    for start in range(0, len(keys), CHUNK):
        with shadow.looking_at(schema, database=database):
            replay_anew(model, keys[start : start + CHUNK])


def estimate() -> int:
    """Say about how many conversations a replay has, by the planner's count."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = 'outbox_conversation'::regclass"
        )
        return max(int(cursor.fetchone()[0]), 0)
