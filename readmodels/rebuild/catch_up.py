"""Bring a rebuilt table up to date with the live one, last behind a lock for the swap."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction

from outbox import history
from readmodels.projection import Projection
from readmodels.rebuild import changes, shadow

CHUNK = 1_000
"""Conversations that one transaction replays."""

FEW = 200
"""The most changed rows that are replayed while the live table is locked."""

MOST_ROUNDS = 50
"""Rounds of catching up before giving up: rows change faster than they are replayed."""

LOCK_SECONDS = 2
"""How long the swap waits for readers and writers of the live table, and they for it."""


class RebuildRefused(Exception):
    """The rebuild cannot be done in the present state; the message says what to do."""


def replay(model: Projection[Any], conversations: Sequence[UUID], *, locked: bool = True) -> None:
    """Apply the history of conversations to a read model."""
    model.apply(list(history.history(conversations, model.subscriber.subscriptions, locked=locked)))


def replay_anew(model: Projection[Any], conversations: Sequence[UUID]) -> None:
    """Delete the rows of conversations, and apply their whole history.

    Reconstructed events are numbered differently from the log, so a row cannot be continued.
    """
    model.forget(model.load(conversations))
    replay(model, conversations)


@contextmanager
def caught_up(model: Projection[Any], schema: str) -> Iterator[None]:
    """Bring the table of a schema up to date, and lock the live one while the body runs.

    Whole tables are compared before the lock; behind it only rows that changed since.
    """
    database, table = model.database, model.model
    with changes.watched(table, database=database):
        with shadow.unhurried(database):
            behind = shadow.behind(table, schema, database=database)
        _catch_up(model, schema, behind)
        for _ in range(MOST_ROUNDS):
            changed = changes.take(table, database=database)
            catch_up_changed(model, schema, changed)
            if len(changed) <= FEW:
                break
        else:
            raise RebuildRefused(f"{model.name} changes faster than it can be replayed: try later")
        with transaction.atomic(using=database):
            for each in model.tables:
                shadow.lock(each, LOCK_SECONDS, database=database)
            catch_up_changed(model, schema, changes.take(table, database=database))
            changes.forget(table, database=database)
            yield


def catch_up_changed(model: Projection[Any], schema: str, keys: Sequence[Any]) -> None:
    behind = shadow.behind(model.model, schema, database=model.database, keys=keys)
    _catch_up(model, schema, behind)


def _catch_up(model: Projection[Any], schema: str, keys: Sequence[Any]) -> None:
    database = model.database
    for start in range(0, len(keys), CHUNK):
        with shadow.looking_at(schema, database=database):
            replay_anew(model, keys[start : start + CHUNK])
