"""What each subscriber is owed, by function and by command."""

import json
import subprocess
import sys
import time
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from outbox.doorbell.heartbeats import HeartbeatWriter
from outbox.models import Lane, OperatorAct
from outbox.operations.status import SubscriberStatus, status
from outbox.registry import subscribers
from outbox.retry import Retry
from tests.outbox.conftest import (
    STOPPED,
    Ear,
    Listen,
    deliver,
    deliver_until_nothing_moves,
    refuse,
    ring,
    statuses,
)


def outbox(*words: Any) -> str:
    printed = StringIO()
    call_command("outbox", *words, stdout=printed)
    return printed.getvalue()


def standing(name: str = "ear") -> SubscriberStatus:
    return next(each for each in status() if each.subscriber == name)


def test_a_subscriber_that_is_owed_nothing_stands_at_zero(listen: Listen) -> None:
    listen()
    assert standing() == SubscriberStatus("ear", 0, 0, 0.0, 0, 0)


def test_what_is_owed_is_counted_and_its_age_is_that_of_the_oldest(listen: Listen) -> None:
    listen()
    for _ in range(3):
        ring()
    oldest = Lane.objects.earliest("pk")
    Lane.objects.filter(pk=oldest.pk).update(due_at=timezone.now() - timedelta(seconds=90))
    assert standing().owed == 3
    assert 90 <= standing().oldest_seconds < 120


def test_what_waits_for_its_next_try_is_not_late(listen: Listen, ear: Ear) -> None:
    listen(retry=Retry(base=60))
    ear.act = refuse(ring())
    deliver()
    Lane.objects.update(due_at=timezone.now() + timedelta(seconds=30))
    assert standing() == SubscriberStatus("ear", 1, 1, 0.0, 0, 1)


def test_what_waits_behind_a_dead_letter_is_not_late(listen: Listen, ear: Ear) -> None:
    listen(retry=Retry(attempts=1))
    conversation = ring()
    ring(conversation)
    ear.act = refuse(conversation)
    deliver()
    assert standing() == SubscriberStatus("ear", 0, 0, 0.0, 1, 2)


def test_dead_letters_count_until_they_are_discarded(listen: Listen, ear: Ear) -> None:
    listen(retry=Retry(attempts=1))
    ear.act = refuse(ring())
    deliver()
    assert standing().dead == 1
    outbox("discard", "--all", "--reason", "a test")
    deliver()
    assert (standing().dead, standing().owed) == (0, 0)


def test_the_rate_is_what_was_published_for_it_in_the_last_minute(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen()
    for _ in range(3):
        ring()
    deliver()
    assert standing().messages_per_minute == 3
    two_minutes_later = time.time() + 120
    monkeypatch.setattr(time, "time", lambda: two_minutes_later)
    assert standing().messages_per_minute == 0


def test_a_subscriber_that_the_code_no_longer_has_is_shown(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen()
    ring()
    with monkeypatch.context() as later_code:
        later_code.delitem(subscribers, "ear")
        assert standing().owed == 1


def test_the_command_shows_a_line_per_subscriber(listen: Listen) -> None:
    listen()
    ring()
    heading, *lines = outbox("status").splitlines()
    assert heading.split() == [
        "subscriber",
        "owed",
        "retrying",
        "oldest,",
        "s",
        "dead",
        "messages/min",
    ]
    (line,) = (line.split() for line in lines if line.startswith("ear "))
    assert (line[1], line[4]) == ("1", "0")


def test_the_command_speaks_json(listen: Listen) -> None:
    listen()
    ring()
    HeartbeatWriter().write("orders-1@here")
    told = json.loads(outbox("status", "--json"))
    (ear,) = (each for each in told["subscribers"] if each["owed"])
    assert (ear["subscriber"], ear["dead"]) == ("ear", 0)
    assert [worker["name"] for worker in told["workers"]] == ["orders-1@here"]


def test_the_command_says_which_workers_are_there(listen: Listen) -> None:
    listen()
    assert outbox("status").splitlines()[-1] == "no worker sent a heartbeat in the last minute"
    HeartbeatWriter().write("orders-1@here")
    assert outbox("status").splitlines()[-1].startswith("worker orders-1@here: last heartbeat 0.")


def test_the_command_fails_when_something_is_late(listen: Listen) -> None:
    listen()
    ring()
    Lane.objects.update(due_at=timezone.now() - timedelta(seconds=90))
    outbox("status", "--fail-above", "300")
    with pytest.raises(SystemExit, match="1"):
        outbox("status", "--fail-above", "60")


def test_the_command_fails_on_a_dead_letter(listen: Listen, ear: Ear) -> None:
    listen(retry=Retry(attempts=1))
    outbox("status", "--fail-on-dead")
    ear.act = refuse(ring())
    deliver()
    outbox("status")
    with pytest.raises(SystemExit, match="1"):
        outbox("status", "--fail-on-dead")


@pytest.fixture
def dead(listen: Listen, ear: Ear) -> Ear:
    """Leave one dead letter whose cause is fixed."""
    listen(retry=Retry(attempts=1))
    ear.act = refuse(ring())
    deliver()
    ear.act = None
    return ear


@pytest.mark.parametrize("words", [(), ("--reason", "mended", "--dry-run")])
def test_without_a_reason_a_command_only_shows_what_it_would_touch(
    dead: Ear, words: tuple[str, ...]
) -> None:
    printed = outbox("redrive", "--subscriber", "ear", *words)
    assert "1 x Rang to ear" in printed
    assert "nothing was changed" in printed
    assert (statuses(), dead.heard) == ([STOPPED], [])


def test_a_redrive_by_command_names_who_ran_it(dead: Ear) -> None:
    assert "redriven: 1" in outbox("redrive", "--error-type", "Trouble", "--reason", "mended")
    deliver_until_nothing_moves()
    assert len(dead.heard) == 1
    assert OperatorAct.objects.get().actor.startswith("shell:")


@pytest.mark.usefixtures("dead")
def test_a_redrive_in_ramps_by_command_says_that_nobody_delivers() -> None:
    with pytest.raises(CommandError, match="were not tried in 1 s"):
        outbox("redrive", "--all", "--ramps", "--patience", "1", "--reason", "mended")


def test_a_selection_of_nothing_is_no_error(listen: Listen) -> None:
    listen()
    assert "dead letters: 0" in outbox("discard", "--conversation", uuid4(), "--reason", "x")


@pytest.mark.usefixtures("dead")
@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["redrive"], "say which"),
        (["redrive", "--subscriber", "nobody"], "there is no nobody, only .*ear"),
        (["redrive", "--all", "--older-than", "soon"], "'soon' is no age"),
        (["redrive", "--all", "--limit", "0"], "'0' is no number from 1"),
        (["redrive", "--all", "--most-failing", "200%"], "'200%' is no share"),
        (["redrive", "--conversation", "x"], "invalid UUID value"),
        (["discard", "--all", "--reason", " "], "say why"),
        (["status", "--fail-above", "-1"], "'-1' is no number from 1"),
        (["purge"], "invalid choice"),
    ],
)
def test_bad_input_is_one_line(words: list[str], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint) as raised:
        outbox(*words)
    assert "\n" not in str(raised.value)


def test_bad_input_ends_the_program_with_status_2() -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "outbox", "redrive", "--all", "--limit", "0"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr
