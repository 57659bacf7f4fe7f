"""Signs of messaging: dead letters, what is owed, workers, late daily work."""

from collections.abc import Iterator
from typing import Final

from outbox.doorbell.heartbeats import workers
from outbox.kit.daily import late_seconds
from outbox.kit.signs import Sign, Verdict, count_sign, duration, judged, list_address
from outbox.models import Lane, WebhookEndpoint
from outbox.operations.status import oldest_owed

LATE, TOO_LATE = 5, 60
"""Seconds for which something may be owed."""

DAY_LATE, DAY_TOO_LATE = 3600, 7200
"""Seconds for which daily work may be due."""

NEEDS: Final = "outbox.view_lane"


def signs() -> Iterator[Sign]:
    """Yield the signs of messaging."""
    yield count_sign(
        "Dead letters",
        Lane.objects.filter(stopped=True),
        address=list_address("outbox_deadletter"),
        needs=NEEDS,
    )
    yield from _owed()
    paused = WebhookEndpoint.objects.filter(paused_at__isnull=False, removed_at=None)
    yield count_sign(
        "Paused webhook endpoints",
        paused,
        address=list_address("outbox_webhookendpoint"),
        needs="outbox.view_webhookendpoint",
    )
    running = len(workers())
    yield Sign(
        title="Workers",
        value=str(running),
        verdict=Verdict.WELL if running else Verdict.ACT,
        limit="at least one heartbeat in the last minute",
        address=list_address("outbox_heartbeat"),
        needs="outbox.view_heartbeat",
    )
    late = max(late_seconds().values(), default=0.0)
    yield Sign(
        title="Late daily work",
        value=duration(late) if late else "none",
        verdict=judged(late, watch=DAY_LATE, act=DAY_TOO_LATE),
        limit=f"due for more than {duration(DAY_LATE)}; {duration(DAY_TOO_LATE)} is too long",
        address=list_address("outbox_dailywork"),
        needs="outbox.view_dailywork",
    )


def _owed() -> Iterator[Sign]:
    """Yield a sign for each subscriber that is owed something for too long, or one for all."""
    owed = oldest_owed()
    late = {name: seconds for name, seconds in owed.items() if seconds > LATE}
    for name, seconds in late.items():
        yield Sign(
            title=f"Oldest owed to {name}",
            value=duration(seconds),
            verdict=judged(seconds, watch=LATE, act=TOO_LATE),
            limit=f"more than {LATE} s is late, more than {TOO_LATE} s too late",
            address=list_address("outbox_lane", subscriber=name, stopped__exact=0),
            needs=NEEDS,
        )
    if not late:
        yield Sign(
            title="Oldest owed",
            value=duration(max(owed.values(), default=0.0)),
            verdict=Verdict.WELL,
            limit=f"more than {LATE} s is late",
            address=list_address("outbox_lane", stopped__exact=0),
            needs=NEEDS,
        )
