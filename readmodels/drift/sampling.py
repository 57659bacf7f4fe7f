"""Look for drift regularly, in a few rows of each read model, and alert operators."""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import router, transaction
from django.db.models import F
from django.utils import timezone
from uuid_utils.compat import uuid7

from outbox import history
from outbox.alerts import alert_operators
from outbox.commands import AlertOperators
from outbox.kit import alarms
from outbox.wiring import publishes
from readmodels.drift import drift
from readmodels.drift.drift import RowDifference
from readmodels.models import DriftCheck
from readmodels.projection import Projection, projections
from readmodels.totals import Totals

log = structlog.get_logger()

FEW = 20
"""Conversations that one check takes at random, and as many of the latest."""


KIND = "drift"

UNTIL_OVER = timedelta(days=1)
"""How long no compared row may have differed for the drift to be over."""


@publishes(AlertOperators)
def look_for_drift() -> None:
    """Compare a few rows of each read model, and record the result."""
    for projection in projections.values():
        keys = sample(projection, FEW)
        _record(projection, len(keys), drift.compare(projection, keys))


@publishes(AlertOperators)
def add_up() -> None:
    """Compare all totals with their shares, and record the result."""
    for projection in projections.values():
        if isinstance(projection, Totals):
            rows = projection.total._default_manager  # noqa: SLF001 - Django's documented Model._meta API
            _record(projection, rows.count(), drift.compare_totals(projection))


def sample(projection: Projection[Any], size: int) -> list[UUID]:
    """Choose conversations: the latest, and as many at random."""
    latest = history.latest_conversations(size)
    return sorted({*latest, *_anywhere(projection, latest, size)})


def _anywhere(projection: Projection[Any], latest: Sequence[UUID], size: int) -> Iterator[UUID]:
    """Yield a run of keys from a random start; key order is about the order of creation."""
    first = drift.keys_after(projection, history.FIRST, 1)
    if not first:
        return
    ends = sorted(key.int for key in (*first, *latest))
    start = UUID(int=random.randint(ends[0], ends[-1]) - 1)
    found = drift.keys_after(projection, start, size)
    yield from found
    yield from drift.keys_after(projection, history.FIRST, size - len(found))


def _record(
    projection: Projection[Any], compared: int, differences: Sequence[RowDifference]
) -> None:
    if differences:
        log.warning(
            "drift_found", read_model=projection.name, rows=[str(each) for each in differences]
        )
    with transaction.atomic(using=router.db_for_write(DriftCheck)), transaction.atomic():
        check, _ = DriftCheck.objects.get_or_create(name=projection.name)
        check.compared = F("compared") + compared
        check.differing = F("differing") + len(differences)
        check.differed_last = len(differences)
        check.checked_at = timezone.now()
        if differences:
            check.differed_at = check.checked_at
            _alert(projection.name, differences)
        elif check.differed_at and check.differed_at < check.checked_at - UNTIL_OVER:
            drift_is_over(projection.name)
        check.save()


def _alert(name: str, differences: Sequence[RowDifference]) -> None:
    if alarms.news(KIND, {name: 1}):
        alert_operators(
            subject=f"Rows of {name} differ from the tables",
            text=f"{len(differences)} of the rows compared, such as {differences[0]}. Clients read"
            f" wrong data: manage.py readmodels verify {name} --all --repair",
            conversation=uuid7(),
        )


def drift_is_over(name: str) -> None:
    """End the alarm: rows of this read model that differ later alert operators again."""
    alarms.end(KIND, name)
