"""The lag of read models, for clients and for alerts."""

import time
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db import transaction

from outbox.alerts import alert_operators
from outbox.commands import AlertOperators
from outbox.kit import alarms
from outbox.lag import Lag, lag
from outbox.wiring import publishes
from readmodels.projection import Projection, projections

SECONDS_KNOWN = 1.0
"""How long a process reuses the lag that it has read."""

KIND = "lag"

RECOVERED = 0.5
"""An alarm ends at this share of the lag that raises it, so that it does not flap."""

_read: tuple[float, dict[str, Lag]] = (0.0, {})


def lag_of(projection: Projection[Any]) -> float:
    """Return the seconds that a read model is behind; the value is at most a second old."""
    global _read  # noqa: PLW0603 - concurrent threads write equal values
    read_at, known = _read
    if projection.name not in known or time.monotonic() - read_at > SECONDS_KNOWN:
        known = lag(projections)
        _read = time.monotonic(), known
    return known[projection.name].seconds


@publishes(AlertOperators)
def watch() -> None:
    """Alert operators once when read models lag too far, and again only after they recovered."""
    limit = settings.READMODEL_LAG_ALERT_SECONDS
    behind = lag(projections)
    late = {name: found for name, found in sorted(behind.items()) if found.seconds > limit}
    with transaction.atomic():
        alarms.end_others(
            KIND, [n for n, each in behind.items() if each.seconds > RECOVERED * limit]
        )
        new = alarms.news(KIND, dict.fromkeys(late, 1))
        oldest = max((late[name] for name in new), key=attrgetter("seconds"), default=Lag())
        if oldest.conversation:
            alert_operators(
                subject=f"Read models are {oldest.seconds:.0f} seconds behind: {', '.join(new)}",
                text="Clients read old data. What is owed: manage.py outbox status",
                conversation=oldest.conversation,
            )
