"""A process that writes the same rows in several ways, one after the other, round by round."""

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

import pgbulk
from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from orders.sagas.models import SagaInstance, SagaStatus
from outbox.kit.rows import bulk

COLUMNS = ["status", "received", "next_action_at", "attention_reason", "ended_at"]

Rows = list[SagaInstance]
Way = Callable[[Rows], object]

INSERTS: dict[str, Way] = {
    "outbox.kit.rows.bulk": bulk.insert,
    "bulk_create": SagaInstance.objects.bulk_create,
    "pgbulk.copy": lambda rows: pgbulk.copy(SagaInstance, rows),
}
UPDATES: dict[str, Way] = {
    "outbox.kit.rows.bulk": lambda rows: bulk.update(rows, COLUMNS),
    "bulk_update": lambda rows: SagaInstance.objects.bulk_update(rows, COLUMNS),
    "pgbulk.update": lambda rows: pgbulk.update(SagaInstance, rows, COLUMNS),
}

Pace = dict[tuple[str, str], list[float]]
"""Rows per second, a sample per round, by what was done and in which way."""


def prepare(count: int, rounds: int) -> Callable[[], Pace]:
    """Warm up every way once, then return what measures them."""
    _one_round(count, defaultdict(list))

    def work() -> Pace:
        pace: Pace = defaultdict(list)
        for _ in range(rounds):
            _one_round(count, pace)
        return dict(pace)

    return work


def _one_round(count: int, pace: Pace) -> None:
    for name, insert in INSERTS.items():
        pace["insert", name].append(_timed(insert, _new(count)))
    for name, update in UPDATES.items():
        rows = _new(count)
        bulk.insert(rows)
        _change(rows)
        pace["update", name].append(_timed(update, rows))
    SagaInstance.objects.all().delete()


def _timed(write: Way, rows: Rows) -> float:
    begun = time.perf_counter()
    with transaction.atomic():
        write(rows)
    return len(rows) / (time.perf_counter() - begun)


def _new(count: int) -> Rows:
    now = timezone.now()
    return [
        SagaInstance(
            definition="charge_first",
            version=1,
            correlation_id=uuid7(),
            flow="charge_first",
            started_by=uuid7(),
            received={"order_id": str(uuid7()), "amount": 4_200, "currency": "EUR"},
            next_action_at=now + timedelta(minutes=10),
            started_at=now,
        )
        for _ in range(count)
    ]


def _change(rows: Rows) -> None:
    for row in rows:
        row.status = SagaStatus.COMPLETED
        row.received = {**row.received, "decline_code": ""}
        row.next_action_at = None
        row.attention_reason = "none"
        row.ended_at = timezone.now()
