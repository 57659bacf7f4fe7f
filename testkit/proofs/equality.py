"""Compare read models as kept, as folded from the contexts' tables, and from the log."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from outbox import history
from outbox.log import reading
from outbox.log.reading import FIRST
from outbox.messages import Envelope
from outbox.models import Lane
from readmodels.drift import drift
from readmodels.projection import GROUP, Projection, projections
from readmodels.totals import Totals, difference

EVERY = 1_000_000
"""More conversations than any test has."""

Rows = Mapping[UUID, Any]


def unequal() -> list[str]:
    """Return the rows that differ, of read models that are owed nothing.

    The histories are read once for all of them: this stands at the end of most tests.
    """
    owed = set(Lane.objects.values_list("subscriber", flat=True))
    settled = [each for name, each in sorted(projections.items()) if not owed & {name, GROUP}]
    heard = {contract for each in settled for contract in each.fold_of}
    conversations = history.conversations_after(FIRST, EVERY)
    told = history.reconstruct(conversations, heard)
    complete = reading.complete(conversations)
    logged = list(reading.read(complete, heard))
    wrong: list[str] = []
    for each in settled:
        kept = {row.pk: row for row in each.model._default_manager.all()}  # noqa: SLF001 - Django's documented Model._meta API
        wrong += _otherwise_by_tables(each, kept, _folded(each, conversations, told))
        wrong += _otherwise_by_log(each.name, kept, _folded(each, complete, logged))
        if isinstance(each, Totals):
            change = difference(each.sums_of(kept.values()), each.sums())
            wrong += [f"{each.name} {place} by {number}" for place, number in change.items()]
    return wrong


def _folded(
    projection: Projection[Any], keys: Collection[UUID], envelopes: Sequence[Envelope[Any]]
) -> Rows:
    rows = {key: projection.model(pk=key) for key in keys}
    projection.fold(rows, [each for each in envelopes if type(each.message) in projection.fold_of])
    return {key: row for key, row in rows.items() if row.sequence}


def _otherwise_by_tables(projection: Projection[Any], kept: Rows, should: Rows) -> Iterator[str]:
    """Compare as ``verify`` does."""
    for key in kept.keys() | should.keys():
        says, told = (rows.get(key) or projection.model(pk=key) for rows in (kept, should))
        if drift.differing(says, told):
            yield f"{projection.name} {key}: {_values(says)}, by the tables {_values(told)}"


def _otherwise_by_log(name: str, kept: Rows, should: Rows) -> Iterator[str]:
    for key, row in should.items():
        if _values(kept.get(key)) != _values(row):
            yield f"{name} {key}: {_values(kept.get(key))}, by the log {_values(row)}"


def _values(row: Any) -> dict[str, Any]:
    fields = row._meta.concrete_fields if row else ()  # noqa: SLF001 - likewise
    return {field.attname: getattr(row, field.attname) for field in fields}
