"""Workers redrive dead letters in steps, as operators have begun it; each redrive is kept (M9)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db.models import F

from outbox.acts import ReasonMissing
from outbox.messages import Envelope
from outbox.models import Lane, OperatorAct, Pace, Redrive, RedriveStatus
from outbox.operations.by_command import RedriveStalled, chosen_by, follow
from outbox.operations.dead_letters import Selection
from outbox.operations.ramps import Ramp
from outbox.operations.redrives import (
    PATIENCE,
    NothingChosen,
    RedriveEnded,
    advance_redrives,
    begin_redrive,
    cancel_redrive,
)
from outbox.registry import AnySubscriber
from outbox.retry import Retry
from tests.outbox.conftest import (
    HANDLED,
    Ear,
    Listen,
    Trouble,
    deliver,
    deliver_until_nothing_moves,
    ring,
    statuses,
)


@pytest.fixture(autouse=True)
def ears(listen: Listen) -> AnySubscriber:
    subscriber: AnySubscriber = listen(retry=Retry(attempts=1))
    return subscriber


def refuse_all(_: Envelope[Any]) -> None:
    raise Trouble("no")


def dead_letters(ear: Ear, number: int) -> list[UUID]:
    """Publish messages that fail, each in a conversation of its own."""
    ear.act = refuse_all
    conversations = [ring() for _ in range(number)]
    deliver_until_nothing_moves()
    ear.act = None
    return conversations


def begin(**options: Any) -> Redrive:
    how: dict[str, Any] = {
        "pace": Pace.RAMP,
        "per_minute": None,
        "most_failing": 10,
        "actor": "ada",
        "reason": "the cause is mended",
    }
    return begin_redrive({"subscriber": "ear"}, **(how | options))


def standing(row: Redrive) -> tuple[str, list[tuple[int, int]]]:
    """Return the status, and what became of each ramp: handled, failed again."""
    row.refresh_from_db()
    return row.status, [(ramp["settled"], ramp["failed"]) for ramp in row.ramps]


def go_on(steps: int = 10) -> None:
    for _ in range(steps):
        advance_redrives()
        deliver()


def test_it_goes_on_by_one_two_five_until_all_are_handled(ear: Ear) -> None:
    dead_letters(ear, 9)
    row = begin()
    assert (row.number, standing(row)) == (9, ("running", []))
    go_on()
    assert standing(row) == ("done", [(1, 0), (2, 0), (5, 0), (1, 0)])
    assert (row.settled, row.failed) == (9, 0)
    assert row.ended_at is not None
    assert statuses() == [HANDLED] * 9


def test_a_ramp_begins_only_when_the_last_one_was_tried(ear: Ear) -> None:
    dead_letters(ear, 3)
    begin()
    for _ in range(3):
        advance_redrives()
    assert Lane.objects.filter(stopped=False).count() == 1


def test_it_stops_when_too_many_fail_again(ear: Ear) -> None:
    dead_letters(ear, 5)
    ear.act = refuse_all
    row = begin()
    go_on()
    assert standing(row) == ("stopped", [(0, 1)])
    assert Lane.objects.filter(stopped=True).count() == 5


def test_it_accepts_as_many_failures_as_it_is_told(ear: Ear) -> None:
    dead_letters(ear, 3)
    ear.act = refuse_all
    row = begin(most_failing=100)
    go_on()
    assert standing(row) == ("done", [(0, 1), (0, 2)])


def test_what_fails_again_or_dies_meanwhile_is_not_redriven_again(ear: Ear) -> None:
    dead_letters(ear, 2)
    row = begin(most_failing=100)
    dead_letters(ear, 2)
    go_on()
    assert standing(row)[1] == [(1, 0), (1, 0)]
    assert Lane.objects.filter(stopped=True).count() == 2


def test_only_the_oldest_is_redriven_to_try_it(ear: Ear) -> None:
    oldest, _ = dead_letters(ear, 2)
    row = begin(pace=Pace.ONE)
    go_on()
    assert standing(row) == ("done", [(1, 0)])
    assert ear.heard == [(oldest, 1)]


def test_a_rate_spreads_them_over_time(ear: Ear) -> None:
    dead_letters(ear, 4)
    row = begin(pace=Pace.ALL, per_minute=2)
    go_on()
    assert standing(row) == ("running", [(2, 0)])
    Redrive.objects.update(next_at=F("next_at") - timedelta(minutes=1))
    go_on()
    assert standing(row)[1] == [(2, 0), (2, 0)]


def test_it_stalls_when_nobody_delivers(ear: Ear) -> None:
    dead_letters(ear, 2)
    row = begin()
    advance_redrives()
    Redrive.objects.update(moved_at=F("moved_at") - PATIENCE - timedelta(seconds=1))
    advance_redrives()
    assert standing(row) == ("stalled", [])


def test_it_can_be_cancelled_once_and_the_rest_stays(ear: Ear) -> None:
    dead_letters(ear, 4)
    row = begin()
    go_on(2)
    cancel_redrive(row.pk, actor="grace", reason="enough")
    go_on()
    assert standing(row)[0] == RedriveStatus.CANCELLED
    assert Lane.objects.filter(stopped=True).count() >= 1
    with pytest.raises(RedriveEnded):
        cancel_redrive(row.pk, actor="grace", reason="enough")


def test_both_acts_are_recorded_with_each_dead_letter(ear: Ear) -> None:
    dead_letters(ear, 1)
    row = begin()
    advance_redrives()
    cancel_redrive(row.pk, actor="grace", reason="enough")
    acts = OperatorAct.objects.order_by("pk").values_list("actor", "verb", "reason")
    assert list(acts) == [
        ("ada", "begin redrive", "the cause is mended"),
        ("ada", "redrive", "the cause is mended"),
        ("grace", "cancel redrive", "enough"),
    ]


def test_it_needs_a_dead_letter_and_a_reason(ear: Ear) -> None:
    with pytest.raises(NothingChosen):
        begin()
    dead_letters(ear, 1)
    with pytest.raises(ReasonMissing):
        begin(reason=" ")
    assert not Redrive.objects.exists()


def followed(
    selection: Selection, *, patience: float = 60, wait: Callable[[], None] = deliver
) -> tuple[Redrive, list[Ramp]]:
    """Redrive in ramps as the command does, with workers that deliver."""
    row = begin_redrive(
        chosen_by(selection),
        pace=Pace.RAMP,
        per_minute=None,
        most_failing=10,
        actor="shell:ada",
        reason="mended",
    )
    return row, list(follow(row, patience=patience, wait=wait))


def test_a_command_follows_a_redrive_and_leaves_a_row_like_the_pages(ear: Ear) -> None:
    dead_letters(ear, 5)
    row, ramps = followed(Selection(subscriber="ear", limit=4))
    assert ramps == [Ramp(1, 0), Ramp(2, 0), Ramp(1, 0)]
    assert standing(row) == ("done", [(1, 0), (2, 0), (1, 0)])
    assert (row.number, row.chosen) == (4, {"subscriber": "ear", "limit": 4})
    assert Lane.objects.filter(stopped=True).count() == 1


def test_an_age_chooses_the_dead_letters_of_now(ear: Ear) -> None:
    dead_letters(ear, 2)
    Lane.objects.update(due_at=F("due_at") - timedelta(hours=1))
    dead_letters(ear, 1)
    row, _ = followed(Selection(older_than=timedelta(minutes=30)))
    assert (row.number, len(row.chosen["lanes"])) == (2, 2)
    assert Lane.objects.filter(stopped=True).count() == 1


def test_a_command_takes_the_steps_and_ends_what_nobody_delivers(ear: Ear) -> None:
    dead_letters(ear, 1)
    with pytest.raises(RedriveStalled, match="1 of 1 were not tried"):
        followed(Selection(), patience=0, wait=lambda: None)
    assert Redrive.objects.get().status == RedriveStatus.STALLED
