"""Projections: small folds from events to the rows of one read model, applied in batches."""

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
"""UUIDs are ordered by it, and it is quicker to compare than they are."""

GROUP = "readmodels"
"""Read models of one database are handed their messages together."""

projections: dict[str, "Projection[Any]"] = {}
"""Every projection by its name."""


class Projection(Generic[Row]):
    """Keeps one table, a row per conversation.

    A row stores the sequence of the last message it has taken in; a message that it has already
    is passed over, so a replay does no harm.
    """

    def __init__(self, name: str, model: type[Row]) -> None:
        self.name = name
        self.model = model
        self.tables: tuple[type[models.Model], ...] = (model,)
        self.fold_of: dict[type[Event], Callable[[Row, Any], None]] = {}
        # Folding later means folding more of a conversation at once: no follow-up.
        self.subscriber = Subscriber(
            name, receive=self.apply, publishes=False, follow_up=False, group=GROUP
        )
        groups[GROUP].follows = self.database == DEFAULT_DB_ALIAS
        projections[name] = self

    def on(self, event: type[Event]) -> Callable[[Fold], Fold]:
        """Wire a fold to a type of event; it changes the row, which may be new and empty."""

        def wire(fold: Fold) -> Fold:
            self.fold_of[event] = fold
            self.subscriber.hear(event)
            return fold

        return wire

    def apply(self, envelopes: Sequence[Envelope[Event]]) -> None:
        """Fold a batch with one read and one upsert, which the turn makes for all read models.

        Where read models have a database of their own, this commits before the lanes end:
        what is handed over again, or handled at once by a worker that has lost its claim
        and by its successor, finds rows that are as far or further, and changes nothing.
        """
        with transaction.atomic(using=self.database, savepoint=False), writes(self.database) as to:
            rows = self.load({envelope.conversation for envelope in envelopes})
            self.fold(rows, envelopes)
            in_order = (rows[key] for key in sorted(rows, key=_number))
            to.rows.append(bulk.upsertion(in_order, newer="sequence"))

    @property
    def database(self) -> str:
        """The database in which its table lives."""
        return router.db_for_write(self.model)

    def load(self, keys: Collection[UUID]) -> dict[UUID, Any]:
        """Lock the rows of conversations in key order; those that do not exist begin empty."""
        key_column = self.model._meta.pk.attname  # noqa: SLF001 - Django's documented Model._meta API
        known = {row.pk: row for row in bulk.select(self.model, key_column, keys, lock=True)}
        return {key: known.get(key) or self._empty(key) for key in keys}

    def _empty(self, key: UUID) -> Row:
        return self.model(**{self.model._meta.pk.attname: key})  # noqa: SLF001 - likewise

    def fold(self, rows: Mapping[UUID, Any], envelopes: Iterable[Envelope[Event]]) -> None:
        """Change rows in memory by what they have not taken in yet."""
        for envelope in sorted(envelopes, key=lambda each: each.sequence):
            row = rows[envelope.conversation]
            if envelope.sequence > row.sequence:
                self.fold_of[type(envelope.message)](row, envelope.message)
                row.sequence = envelope.sequence

    def forget(self, rows: Mapping[UUID, Any]) -> None:
        """Remove rows, as if nothing had been heard of their conversations."""
        self.model._default_manager.filter(pk__in=list(rows)).delete()  # noqa: SLF001 - likewise

    def replace(self, rows: Mapping[UUID, Any]) -> None:
        """Write rows as they should be; one that has taken in nothing should not exist."""
        superfluous = [key for key, row in rows.items() if not row.sequence]
        self.model._default_manager.filter(pk__in=superfluous).delete()  # noqa: SLF001 - likewise
        bulk.upsert(rows[key] for key in sorted(rows) if rows[key].sequence)
