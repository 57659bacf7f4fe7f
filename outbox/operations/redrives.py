"""Redrive dead letters step by step, on beat's ticks: begin, go on, cancel.

A row holds all there is to know, so any worker takes the next step.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.db import transaction
from django.db.models import Max

from outbox.acts import record_act
from outbox.kit.clock import database_now
from outbox.kit.signs import number_of
from outbox.models import Lane, Pace, Redrive, RedriveStatus
from outbox.operations.dead_letters import Selection
from outbox.operations.ramps import Ramp, sizes, tried_of
from outbox.operations.redrive import redrive

LARGEST_RAMP: Final = 1_000

PATIENCE: Final = timedelta(minutes=10)
"""How long nothing may be tried before a redrive counts as stalled."""


class NothingChosen(ValueError):
    """There is no such dead letter."""


class RedriveEnded(ValueError):
    """This redrive has ended: there is nothing to cancel."""


@transaction.atomic
def begin_redrive(  # noqa: PLR0913 - each has its name at the call
    chosen: Mapping[str, Any],
    *,
    pace: Pace,
    per_minute: int | None,
    most_failing: int,
    actor: str,
    reason: str,
) -> Redrive:
    """Begin to redrive dead letters; workers go on with it.

    :param chosen: fields of a :class:`Selection` by name.
    :param per_minute: redriven at most per minute.
    :param most_failing: of a hundred.
    :raises NothingChosen: no dead letter is chosen.
    :raises ReasonMissing: the reason is empty.
    """
    rows = Selection(**_filter(chosen)).rows()
    named = Lane.objects.filter(pk__in=rows.values("pk"))
    newest = named.aggregate(pk=Max("pk"))["pk"]
    if newest is None:
        raise NothingChosen(NothingChosen.__doc__)
    now = database_now()
    begun = Redrive.objects.create(
        chosen=dict(chosen),
        number=1 if pace == Pace.ONE else number_of(named),
        pace=pace,
        per_minute=per_minute,
        most_failing=most_failing,
        actor=actor,
        reason=reason.strip(),
        began_at=now,
        moved_at=now,
        next_at=now,
        upto=newest,
    )
    record_act(
        actor=actor,
        verb="begin redrive",
        subject=str(begun),
        reason=reason,
        details={**chosen, "pace": pace, "number": begun.number},
    )
    return begun


@transaction.atomic
def cancel_redrive(key: int, *, actor: str, reason: str) -> Redrive:
    """Redrive no more; what was made owed already goes on.

    :raises RedriveEnded: it has ended.
    """
    row = Redrive.objects.select_for_update().get(pk=key)
    if row.status != RedriveStatus.RUNNING:
        raise RedriveEnded(RedriveEnded.__doc__)
    record_act(
        actor=actor,
        verb="cancel redrive",
        subject=str(row),
        reason=reason,
        details={"settled": row.settled, "failed": row.failed},
    )
    end(row, RedriveStatus.CANCELLED, database_now())
    row.save()
    return row


def advance_redrives() -> None:
    """Take the next step of each redrive that runs and that no other worker has."""
    running = Redrive.objects.filter(status=RedriveStatus.RUNNING).order_by("pk")
    for key in list(running.values_list("pk", flat=True)):
        advance(key)


@transaction.atomic
def advance(key: int) -> None:
    """Take the next step of a redrive, unless it has ended or a worker is at it."""
    running = Redrive.objects.filter(status=RedriveStatus.RUNNING)
    row = running.select_for_update(skip_locked=True).filter(pk=key).first()
    if row is not None:
        _advance(row, database_now())
        row.save()


def _advance(row: Redrive, now: datetime) -> None:
    if row.under_way and not _concluded(row, now):
        return
    if row.status == RedriveStatus.RUNNING and now >= row.next_at:
        _begin_ramp(row, now)


def _concluded(row: Redrive, now: datetime) -> bool:
    """Note what became of the ramp under way, if all of it was tried."""
    places = {int(lane): sequence for lane, sequence in row.under_way.items()}
    failed, untried = tried_of(places)
    if untried != row.untried:
        row.untried, row.moved_at = untried, now
    if untried:
        if now - row.moved_at > PATIENCE:
            end(row, RedriveStatus.STALLED, now)
        return False
    ramp = Ramp(settled=len(places) - failed, failed=failed)
    row.ramps.append({"settled": ramp.settled, "failed": ramp.failed, "at": now.isoformat()})
    row.under_way = {}
    if 100 * ramp.error_rate > row.most_failing:
        end(row, RedriveStatus.STOPPED, now)
    elif row.pace == Pace.ONE:
        end(row, RedriveStatus.DONE, now)
    return True


def _begin_ramp(row: Redrive, now: datetime) -> None:
    size = _size(row)
    rows = Selection(**_filter(row.chosen)).rows(after=row.after, upto=row.upto)[:size]
    places = dict(rows.values_list("pk", "next"))
    if not places:
        end(row, RedriveStatus.DONE, now)
        return
    redriven = redrive(Selection(lanes=list(places)), actor=row.actor, reason=row.reason)
    row.after = max(places)
    row.under_way = {str(lane): places[lane] for lane in redriven}
    row.untried, row.moved_at = len(redriven), now
    if row.per_minute:
        row.next_at = now + timedelta(minutes=len(places) / row.per_minute)


def _size(row: Redrive) -> int:
    if row.pace == Pace.ONE:
        return 1
    if row.pace == Pace.ALL:
        return min(LARGEST_RAMP, row.per_minute or LARGEST_RAMP)
    return min(LARGEST_RAMP, next(islice(sizes(), len(row.ramps), None)))


def end(row: Redrive, status: RedriveStatus, now: datetime) -> None:
    """Let a locked redrive end; the caller saves it."""
    row.status, row.ended_at = status, now


def _filter(chosen: Mapping[str, str]) -> dict[str, Any]:
    return {name: value for name, value in chosen.items() if value}
