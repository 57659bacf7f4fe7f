"""Figures of read models for ``/metrics``."""

from collections.abc import Iterator

from django.db.models import Sum

from outbox.kit.figures import Figure
from outbox.lag import lag
from readmodels.models import DriftCheck, MoneyAtRisk
from readmodels.projection import projections


def figures() -> Iterator[Figure]:
    """Yield each read model's lag and rows found wrong, and the money at risk."""
    yield Figure(
        "readmodels_lag_seconds",
        "Age of the oldest message that a read model is owed",
        {(name,): found.seconds for name, found in lag(projections).items()},
        labels=("read_model",),
    )
    checks = list(DriftCheck.objects.all())
    yield Figure(
        "readmodels_rows_compared",
        "Rows compared with the contexts' tables, in total",
        {(check.name,): check.compared for check in checks},
        labels=("read_model",),
    )
    yield Figure(
        "readmodels_rows_differing",
        "Compared rows that differed, in total",
        {(check.name,): check.differing for check in checks},
        labels=("read_model",),
    )
    yield Figure(
        "readmodels_rows_differing_now",
        "Rows that differed in the last comparison",
        {(check.name,): check.differed_last for check in checks},
        labels=("read_model",),
    )
    at_risk = MoneyAtRisk.objects.filter(amount__gt=0).order_by()
    sums = at_risk.values_list("risk", "currency").annotate(Sum("amount"))
    yield Figure(
        "money_at_risk_minor_units",
        "Money at risk",
        {(risk, currency): amount for risk, currency, amount in sums},
        labels=("risk", "currency"),
    )
