"""Redrive from a command: begin what workers go on with, and follow it to its end."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from django.db import transaction

from outbox.kit.clock import database_now
from outbox.models import Redrive, RedriveStatus
from outbox.operations.dead_letters import Selection
from outbox.operations.ramps import Ramp
from outbox.operations.redrives import advance, end

BETWEEN_LOOKS: Final = 0.2
"""Seconds between two looks of a command that follows a redrive."""


class RedriveStalled(Exception):
    """Redriven messages are not tried: check that workers run and that the broker answers."""


def chosen_by(selection: Selection) -> dict[str, Any]:
    """Return a selection as a redrive stores it; an age is resolved to the lanes of now."""
    if selection.older_than is not None:
        return {"lanes": list(selection.rows().values_list("pk", flat=True))}
    chosen = {name: value for name, value in asdict(selection).items() if value}
    if selection.conversation:
        chosen["conversation"] = str(selection.conversation)
    return chosen


def pause() -> None:
    """Let the workers work."""
    time.sleep(BETWEEN_LOOKS)


def follow(row: Redrive, *, patience: float, wait: Callable[[], None] = pause) -> Iterator[Ramp]:
    """Yield the ramps of a redrive until it ends, and take its steps if no worker does.

    :param patience: seconds without any progress before it ends as stalled.
    :raises RedriveStalled: nothing was tried for that long.
    """
    seen = 0
    while True:
        advance(row.pk)
        row.refresh_from_db()
        for ramp in row.ramps[seen:]:
            yield Ramp(settled=ramp["settled"], failed=ramp["failed"])
        seen = len(row.ramps)
        if row.status != RedriveStatus.RUNNING:
            return
        if row.untried and database_now() - row.moved_at > timedelta(seconds=patience):
            _stall(row.pk)
            raise RedriveStalled(
                f"{row.untried} of {len(row.under_way)} were not tried in {patience:g} s"
            )
        wait()


@transaction.atomic
def _stall(key: int) -> None:
    row = Redrive.objects.select_for_update().get(pk=key)
    if row.status == RedriveStatus.RUNNING:
        end(row, RedriveStatus.STALLED, database_now())
        row.save()
