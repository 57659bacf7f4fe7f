"""How far read models are behind: clients hear it with each answer, operators when it is much."""

import time
from typing import Any

from django.conf import settings
from django.db import router, transaction

from outbox.alerts import alert_operators
from outbox.commands import AlertOperators
from outbox.lag import Lag, lag
from outbox.wiring import publishes
from readmodels.models import LagAlarm
from readmodels.projection import Projection, projections

SECONDS_KNOWN = 1.0
"""How long a process answers from what it has read."""

RECOVERED = 0.5
"""An alarm ends at this share of the lag that raises one, so that it does not flicker."""

_read: tuple[float, dict[str, Lag]] = (0.0, {})


def lag_of(projection: Projection[Any]) -> float:
    """Return the seconds that a read model is behind, as they were a second ago at most."""
    global _read  # noqa: PLW0603 - threads that read at once all write the same
    read_at, known = _read
    if projection.name not in known or time.monotonic() - read_at > SECONDS_KNOWN:
        known = lag(projections)
        _read = time.monotonic(), known
    return known[projection.name].seconds


@publishes(AlertOperators)
def watch() -> None:
    """Alert operators once when a read model is too far behind, and again only after it was not."""
    for name, found in lag(projections).items():
        if found.seconds > settings.READMODEL_LAG_ALERT_SECONDS:
            _raise_alarm(name, found)
        elif found.seconds <= RECOVERED * settings.READMODEL_LAG_ALERT_SECONDS:
            LagAlarm.objects.filter(pk=name).delete()


def _raise_alarm(name: str, found: Lag) -> None:
    # Where the alarm is in another database, a crash between the commits alerts twice.
    with transaction.atomic(using=router.db_for_write(LagAlarm)), transaction.atomic():
        _, is_new = LagAlarm.objects.get_or_create(name=name)
        if is_new and found.conversation:
            alert_operators(
                subject=f"The read model {name} is {found.seconds:.0f} seconds behind",
                text="Clients read what was true then. What it is owed: manage.py outbox status",
                conversation=found.conversation,
            )
