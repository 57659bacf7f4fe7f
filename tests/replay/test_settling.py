"""When a replay waits, for how long, and its error when nothing progresses."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import OperationalError
from django.utils import timezone

from config.demo.replay import patience, placing, settling
from config.postgresql.errors import DatabaseUnavailable
from orders.models import Order
from orders.sagas.models import SagaInstance
from orders.services import import_order
from outbox.models import Lane
from testkit.delivering import settle_all_but
from testkit.invariants import assert_clean
from tests.replay.conftest import Replay
from tests.replay.files import online_retail, sold


def test_without_workers_it_gives_up_and_a_later_run_goes_on(
    replay: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = online_retail(tmp_path, [sold("1", "A", 1)])
    with monkeypatch.context() as nobody_works:
        nobody_works.setattr(settling, "pause", lambda: None)
        nobody_works.setattr(settling, "PATIENCE", 0.0)
        with pytest.raises(CommandError, match="are the workers and beat running") as caught:
            replay(path)
    assert caught.value.returncode == 1
    assert replay(path)["confirmed"] == 1


def test_an_order_that_waits_for_a_person_or_a_parcel_is_left_waiting(
    replay: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait_for_someone() -> None:
        settle_all_but("gateway")
        Lane.objects.all().delete()
        SagaInstance.objects.update(next_action_at=timezone.now() + timedelta(days=14))

    monkeypatch.setattr(settling, "pause", wait_for_someone)
    summary = replay(online_retail(tmp_path, [sold("1", "A", 1)]))
    assert (summary["placed"], summary["confirmed"], summary["waiting"]) == (1, 0, 1)


def test_a_dead_letter_is_not_waited_for_but_shown(
    replay: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die() -> None:
        Lane.objects.update(stopped=True)

    monkeypatch.setattr(settling, "pause", die)
    summary = replay(online_retail(tmp_path, [sold("1", "A", 1)]))
    assert (summary["placed"], summary["confirmed"], summary["needs_attention"]) == (1, 0, 1)


def test_a_commit_whose_reply_is_lost_places_nothing_twice(
    replay: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[Order] = []

    def place_and_lose_the_reply(**order: Any) -> Order:
        placed = import_order(**order)
        if not lost:
            lost.append(placed)
            raise DatabaseUnavailable("server closed the connection unexpectedly")
        return placed

    monkeypatch.setattr(placing, "import_order", place_and_lose_the_reply)
    monkeypatch.setattr(patience, "BETWEEN_TRIES", 0)
    summary = replay(online_retail(tmp_path, [sold("1", "A", 1), sold("2", "A", 1)]))
    assert lost
    assert (summary["placed"], summary["confirmed"]) == (2, 2)
    assert_clean()


def test_a_database_that_stays_away_ends_it_in_one_line(
    replay: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_order: Any) -> Order:
        raise DatabaseUnavailable("connection refused\nIs the server running?")

    monkeypatch.setattr(placing, "import_order", refuse)
    monkeypatch.setattr(patience, "BETWEEN_TRIES", 0)
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0)
    with pytest.raises(CommandError, match=r"^the database does not answer: connection refused$"):
        replay(online_retail(tmp_path, [sold("1", "A", 1)]))


def test_a_statement_that_is_wrong_is_told_at_once_and_as_what_it_is(
    replay: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_order: Any) -> Order:
        raise OperationalError("sending query failed: number of parameters must be below 65536")

    monkeypatch.setattr(placing, "import_order", refuse)
    with pytest.raises(CommandError, match=r"^the database refuses .*: sending query failed: numb"):
        replay(online_retail(tmp_path, [sold("1", "A", 1)]))
