"""Figures of read models."""

from collections.abc import Iterator

from outbox.figures import Figure
from outbox.lag import lag
from readmodels.projection import projections


def figures() -> Iterator[Figure]:
    """Yield how far each read model is behind."""
    yield Figure(
        "readmodels_lag_seconds",
        "Age of the oldest message that a read model has not taken in",
        {(name,): found.seconds for name, found in lag(projections).items()},
        labels=("read_model",),
    )
