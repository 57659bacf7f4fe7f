"""Projections: functions that fold events into the rows of a read model, in batches."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, models, router, transaction

from outbox.kit.rows import bulk
from outbox.messages import Envelope, Event
from outbox.registry import Subscriber, groups
from readmodels.writes import writes

Row = TypeVar("Row", bound=models.Model)
Fold = TypeVar("Fold", bound=Callable[..., None])

_number = attrgetter("int")
"""A sort key for UUIDs: the same order, but faster to compare."""

GROUP = "readmodels"
"""The group in which read models share lanes and turns."""

projections: dict[str, "Projection[Any]"] = {}
"""Every projection by its name."""


class Projection(Generic[Row]):
    """Keeps one table, with a row per conversation.

    A row stores the sequence of the last message applied to it; older messages are skipped, so a
    message that is delivered twice changes nothing.
    """

    def __init__(self, name: str, model: type[Row]) -> None:
        self.name = name
        self.model = model
        self.tables: tuple[type[models.Model], ...] = (model,)
        self.fold_of: dict[type[Event], Callable[[Row, Any], None]] = {}
        # Without follow-up, more of a conversation is folded at once.
        self.subscriber = Subscriber(
            name, receive=self.apply, publishes=False, follow_up=False, group=GROUP
        )
        groups[GROUP].follows = self.database == DEFAULT_DB_ALIAS
        projections[name] = self

    def on(self, event: type[Event]) -> Callable[[Fold], Fold]:
        """Wire a fold to a type of event; it changes the row, which may be new and empty."""

        def wire(fold: Fold) -> Fold:
            self.fold_of[event] = fold
            self.subscriber.subscribe_to(event)
            return fold

        return wire

    def apply(self, envelopes: Sequence[Envelope[Event]]) -> None:
        """Fold a batch with one read and one upsert, which the turn makes for all read models.

        Where read models have a database of their own, this commits before the lanes end. If the
        messages are delivered again, or by two workers at once because one has lost its claim, the
        rows are as far or further and do not change.
        """
        with transaction.atomic(using=self.database, savepoint=False), writes(self.database) as to:
            # A conversation's first message needs no earlier row; the upsert overwrites none that
            # is as far or further.
            whole = {each.conversation for each in envelopes if each.sequence == 1}
            rows = {key: self._empty(key) for key in whole}
            rows |= self.load({each.conversation for each in envelopes} - whole)
            self.fold(rows, envelopes)
            in_order = (rows[key] for key in sorted(rows, key=_number))
            to.rows.append(bulk.upsertion(in_order, newer="sequence"))

    @property
    def database(self) -> str:
        """The database of its table."""
        return router.db_for_write(self.model)

    def load(self, keys: Collection[UUID]) -> dict[UUID, Any]:
        """Lock the rows of conversations, in key order; a missing row is new and empty."""
        key_column = self.model._meta.pk.attname  # noqa: SLF001 - Django's documented Model._meta API
        known = {row.pk: row for row in bulk.select(self.model, key_column, keys, lock=True)}
        return {key: known.get(key) or self._empty(key) for key in keys}

    def _empty(self, key: UUID) -> Row:
        return self.model(**{self.model._meta.pk.attname: key})  # noqa: SLF001 - likewise

    def fold(self, rows: Mapping[UUID, Any], envelopes: Iterable[Envelope[Event]]) -> None:
        """Apply to rows in memory the messages that they lack."""
        for envelope in sorted(envelopes, key=lambda each: each.sequence):
            row = rows[envelope.conversation]
            if envelope.sequence > row.sequence:
                self.fold_of[type(envelope.message)](row, envelope.message)
                row.sequence = envelope.sequence

    def forget(self, rows: Mapping[UUID, Any]) -> None:
        """Delete rows, as if no message of their conversations had been applied."""
        self.model._default_manager.filter(pk__in=list(rows)).delete()  # noqa: SLF001 - likewise

    def replace(self, rows: Mapping[UUID, Any]) -> None:
        """Write rows; delete those to which no message was applied."""
        superfluous = [key for key, row in rows.items() if not row.sequence]
        self.model._default_manager.filter(pk__in=superfluous).delete()  # noqa: SLF001 - likewise
        bulk.upsert(rows[key] for key in sorted(rows) if rows[key].sequence)
