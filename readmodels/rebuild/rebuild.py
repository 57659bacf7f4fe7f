"""Rebuild a read model from the log while the live one is served and kept up to date.

The log is replayed into a table beside the live one. Meanwhile live rows get ahead of the rebuilt
ones; their conversations are replayed again, the last of them behind a lock that is held for the
swap only. Messages still owed to the projection at that moment are folded into the rebuilt rows
when they are delivered, or skipped if the rows have them.
"""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from outbox import conversations as locks
from outbox import history
from readmodels.drift import drift
from readmodels.models import Rebuild
from readmodels.projection import Projection, projections
from readmodels.rebuild import catch_up, shadow
from readmodels.rebuild.catch_up import RebuildRefused, catch_up_changed, caught_up, replay
from readmodels.rebuild.comparison import differing

ROUNDS_TO_BE_SURE = 3
"""How often a row has to differ after catching up before it counts as wrong."""


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
    """Discard an unfinished rebuild; the live table does not change."""
    rebuild = resume(name)
    model = read_model(name)
    with transaction.atomic(using=model.database):
        for table in model.tables:
            shadow.drop(table, shadow.NEXT, database=model.database)
        rebuild.delete()


def advance(rebuild: Rebuild) -> int:
    """Replay the next conversations in one transaction.

    :returns: how many; 0 when none are left.
    """
    model = read_model(rebuild.name)
    with locks.snapshot(), shadow.looking_at(shadow.NEXT, database=model.database):
        rebuild.refresh_from_db(from_queryset=Rebuild.objects.select_for_update())
        conversations = history.conversations_after(rebuild.position, catch_up.CHUNK)
        if conversations:
            replay(model, conversations, locked=False)
            rebuild.position = conversations[-1]
            rebuild.replayed += len(conversations)
            rebuild.save()
    return len(conversations)


def changes_of(rebuild: Rebuild) -> list[Any]:
    """Return the keys of rows that the swap would change, late ones excluded."""
    model = read_model(rebuild.name)
    with shadow.unhurried(model.database):
        keys = differing(model.model, shadow.NEXT, database=model.database)
    for _ in range(ROUNDS_TO_BE_SURE):
        catch_up_changed(model, shadow.NEXT, keys)
        settled = drift.settled(model, keys)
        keys = differing(model.model, shadow.NEXT, database=model.database, keys=settled)
    return keys


def finish(rebuild: Rebuild) -> None:
    """Catch up with recent changes, and replace the live table with the rebuilt one.

    :raises RebuildRefused: conversations change faster than they are replayed, or it was swapped
        already.
    """
    model = read_model(rebuild.name)
    for table in model.tables:
        with shadow.unhurried(model.database):
            shadow.index(table, shadow.NEXT, database=model.database)
    with caught_up(model, shadow.NEXT):
        rebuild.refresh_from_db(from_queryset=Rebuild.objects.select_for_update())
        if rebuild.swapped_at is not None:
            raise RebuildRefused(f"{rebuild.name} was swapped meanwhile")
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
    with caught_up(model, shadow.PREVIOUS):
        _swap(model, shadow.PREVIOUS)


def _stands(model: Projection[Any], schema: str) -> bool:
    database = model.database
    return all(shadow.exists(table, schema, database=database) for table in model.tables)


def _swap(model: Projection[Any], schema: str) -> None:
    for table in model.tables:
        shadow.swap(table, schema, database=model.database)


def estimate() -> int:
    """Return the planner's estimate of the number of conversations."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = 'outbox_conversation'::regclass"
        )
        return max(int(cursor.fetchone()[0]), 0)
