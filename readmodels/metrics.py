"""Figures of read models."""

from collections.abc import Iterator

from outbox.kit.figures import Figure
from outbox.lag import lag
from readmodels.models import DriftCheck
from readmodels.projection import projections


def figures() -> Iterator[Figure]:
    """Yield how far each read model is behind, and how many of its rows were found wrong."""
    yield Figure(
        "readmodels_lag_seconds",
        "Age of the oldest message that a read model has not taken in",
        {(name,): found.seconds for name, found in lag(projections).items()},
        labels=("read_model",),
    )
    checks = list(DriftCheck.objects.all())
    yield Figure(
        "readmodels_rows_compared",
        "Rows compared with what they should say, since ever",
        {(check.name,): check.compared for check in checks},
        labels=("read_model",),
    )
    yield Figure(
        "readmodels_rows_differing",
        "Rows that said something else, since ever",
        {(check.name,): check.differing for check in checks},
        labels=("read_model",),
    )
    yield Figure(
        "readmodels_rows_differing_now",
        "Of the rows compared last, those that said something else",
        {(check.name,): check.differed_last for check in checks},
        labels=("read_model",),
    )
