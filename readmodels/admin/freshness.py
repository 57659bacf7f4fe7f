"""How current each read model is: rows, lag, drift, and its rebuild."""

from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.urls import reverse

from outbox.kit.admin.links import link, moment
from outbox.kit.signs import duration
from outbox.lag import lag
from readmodels.models import DriftCheck, Rebuild, RebuildStage
from readmodels.projection import Projection, projections


def rows() -> Iterator[list[Any]]:
    """Yield a row per read model: its name, rows, lag, drift and rebuild."""
    behind = lag(projections)
    checks = DriftCheck.objects.in_bulk(list(projections))
    rebuilds = Rebuild.objects.in_bulk(list(projections))
    for name, model in sorted(projections.items()):
        row = rebuilds.get(name)
        yield [
            link(reverse("admin:readmodels_rebuild_one", args=[name]), name),
            f"{_size(model):,}",
            duration(behind[name].seconds),
            _drift(checks.get(name)),
            stage_of(row) if row else "never",
        ]


def facts(model: Projection[Any]) -> dict[str, Any]:
    """Return what is known of one read model, by name."""
    check = DriftCheck.objects.filter(pk=model.name).first()
    return {
        "Rows, about": f"{_size(model):,}",
        "Behind": duration(lag([model.name])[model.name].seconds),
        "Drift": _drift(check),
        "Checked": moment(check.checked_at) if check else "never",
        "Folds": ", ".join(sorted(event.__name__ for event in model.fold_of)),
    }


def _size(model: Projection[Any]) -> int:
    """Return the planner's estimate of the rows of a read model."""
    table = model.model._meta.db_table  # noqa: SLF001 - Django's documented Model._meta API
    with connections[model.database].cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [table]
        )
        return max(0, int(cursor.fetchone()[0]))


def _drift(check: DriftCheck | None) -> str:
    if check is None:
        return "not checked yet"
    if check.differed_last:
        return f"{check.differed_last:,} rows differ from the contexts' tables"
    return f"none in {check.compared:,} rows compared"


def stage_of(row: Rebuild) -> str:
    """Say in words how far a rebuild is."""
    stage = RebuildStage(row.stage)
    if stage == RebuildStage.BY_COMMAND:
        return "swapped, by a command" if row.swapped_at else "under way, by a command"
    return str(stage.label).lower()
