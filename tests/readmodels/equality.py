"""Every read model says the same however it came about: kept, folded from the tables or the log."""

from typing import Any

from outbox import log
from outbox.models import Conversation, Delivery
from readmodels import drift
from readmodels.projection import Projection, projections
from readmodels.totals import Totals, difference


def unequal() -> list[str]:
    """List the rows, of read models that are owed nothing, that say something else."""
    owed = set(Delivery.objects.filter(settled_at=None).values_list("subscriber", flat=True))
    settled = [each for name, each in sorted(projections.items()) if name not in owed]
    return [line for each in settled for line in (*_from_tables(each), *_from_log(each))]


def _from_tables(projection: Projection[Any]) -> list[str]:
    return [f"{each}" for found in drift.compare_all(projection) for each in found]


def _from_log(projection: Projection[Any]) -> list[str]:
    conversations = log.complete(list(Conversation.objects.values_list("pk", flat=True)))
    folded = {key: projection.model(pk=key) for key in conversations}
    projection.fold(folded, log.read(conversations, list(projection.fold_of)))
    should = {key: row for key, row in folded.items() if row.sequence}
    kept = projection.model._default_manager.in_bulk(list(should))  # noqa: SLF001 - Django's documented Model._meta API
    wrong = [
        f"{projection.name} {key}: {_values(kept.get(key))}, by the log {_values(row)}"
        for key, row in should.items()
        if _values(kept.get(key)) != _values(row)
    ]
    if isinstance(projection, Totals) and not wrong:
        sums = projection.sums_of(projection.model._default_manager.all())  # noqa: SLF001 - likewise
        wrong = [
            f"{projection.name} {each}" for each in difference(sums, projection.sums()).items()
        ]
    return wrong


def _values(row: Any) -> dict[str, Any]:
    fields = row._meta.concrete_fields if row else ()  # noqa: SLF001 - likewise
    return {field.attname: getattr(row, field.attname) for field in fields}
