"""Signs of read models: how far they are behind, rows that differ, and money at risk."""

from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from outbox.kit.money import money
from outbox.kit.signs import (
    MOST_COUNTED,
    Sign,
    Verdict,
    duration,
    in_words,
    judged,
    list_address,
    number_of,
)
from outbox.lag import lag
from readmodels.models import DriftCheck, MoneyAtRisk
from readmodels.projection import projections

BEHIND: Final = 5
"""Seconds of lag that clients notice."""

NOTICED: Final = 600
"""Seconds after which money at risk is no longer that of an order on its way."""


def signs() -> Iterator[Sign]:
    """Yield the signs of read models."""
    found = lag(projections)
    behind = max((each.seconds for each in found.values()), default=0.0)
    limit = settings.READMODEL_LAG_ALERT_SECONDS
    yield Sign(
        title="Read models are behind",
        value=duration(behind),
        verdict=judged(behind, watch=BEHIND, act=limit),
        limit=f"more than {BEHIND} s is noticed, more than {limit} s alerts operators",
        address=list_address("outbox_lane", subscriber="readmodels", stopped__exact=0),
        needs="outbox.view_lane",
    )
    differing = sum(DriftCheck.objects.values_list("differed_last", flat=True))
    yield Sign(
        title="Drift",
        value=f"{differing:,} rows" if differing else "none",
        verdict=Verdict.ACT if differing else Verdict.WELL,
        limit="no row may differ from the contexts' tables",
        address=list_address("readmodels_rebuild"),
        needs="readmodels.view_rebuild",
    )
    yield _money()


def _money() -> Sign:
    """Say how much money is at risk, and since when; of very many orders the oldest count."""
    at_risk = MoneyAtRisk.objects.filter(amount__gt=0)
    number = number_of(at_risk)
    oldest = at_risk.order_by("since", "order_id").values_list("since", flat=True).first()
    age = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    act = 60 * settings.MONEY_AT_RISK_ALERT_MINUTES
    return Sign(
        title="Money at risk",
        value=(
            f"{_total()} of {in_words(number)} orders, the oldest for {duration(age)}"
            if number
            else "none"
        ),
        verdict=judged(age, watch=NOTICED, act=act),
        limit=f"for {duration(NOTICED)} on an order's way; an alert after {duration(act)}",
        address=list_address("readmodels_moneyatrisk"),
        needs="readmodels.view_moneyatrisk",
    )


def _total() -> str:
    """Add up the money of the oldest orders, by currency."""
    oldest = (
        MoneyAtRisk.objects.filter(amount__gt=0)
        .order_by("since", "order_id")
        .values("pk")[:MOST_COUNTED]
    )
    sums = (
        MoneyAtRisk.objects.filter(pk__in=oldest)
        .values_list("currency")
        .annotate(total=Sum("amount"))
        .order_by("-total")
    )
    return ", ".join(money(total, currency) for currency, total in sums)
