"""Signs that no single app can see: whether beat runs, and the stock of stuck sagas."""

from collections.abc import Iterator
from typing import Final

from django.db.models import Sum
from django.utils import timezone

from config.models import Minute
from inventory.models import LIVE, Reservation
from orders.sagas.models import ENDED, SagaInstance, SagaStatus
from outbox.kit.signs import MOST_COUNTED, Sign, Verdict, duration, list_address

BEAT_MISSED: Final = 180
"""Seconds: beat's tick notes each minute within the next one."""


def signs() -> Iterator[Sign]:
    """Yield the signs of beat and of stock that stuck sagas hold."""
    yield _beat()
    yield _held_stock()


def _beat() -> Sign:
    last = Minute.objects.order_by("-at").values_list("at", flat=True).first()
    age = (timezone.now() - last).total_seconds() if last else 0.0
    alive = last is not None and age < BEAT_MISSED
    return Sign(
        title="Beat",
        value="ticks" if alive else f"silent for {duration(age)}" if last else "no tick yet",
        verdict=Verdict.WELL if alive else Verdict.ACT if last else Verdict.WATCH,
        limit=f"a minute is noted at least every {duration(BEAT_MISSED)}",
        address=list_address("config_minute"),
        needs="config.view_minute",
    )


def _held_stock() -> Sign:
    stuck = (
        SagaInstance.objects.exclude(status__in=ENDED)
        .filter(status__in=(SagaStatus.NEEDS_ATTENTION, SagaStatus.SUSPENDED))
        .values_list("correlation_id", flat=True)[:MOST_COUNTED]
    )
    held = Reservation.objects.filter(order_id__in=list(stuck), status__in=LIVE)
    found = held.aggregate(units=Sum("quantity"))
    units = found["units"] or 0
    return Sign(
        title="Stock held by stuck sagas",
        value=f"{units:,} units",
        verdict=Verdict.ACT if units else Verdict.WELL,
        limit="goods that cannot be sold until the saga ends",
        address=list_address("sagas_sagainstance", status__exact=SagaStatus.NEEDS_ATTENTION),
        needs="sagas.view_sagainstance",
    )
