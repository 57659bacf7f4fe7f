"""A handler that ends or stops its worker harms its own conversation only (rules 6 and 7)."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.db import transaction
from uuid_utils.compat import uuid7

from orders.models import Customer
from outbox.models import FailedAttempt, Lane
from outbox.publishing import publish
from outbox.registry import subscribers, subscribers_of
from tests.faults.hostile.events import Befell
from tests.faults.processes import wait_until, worker

HOSTILE = "tests.faults.hostile.settings"


@pytest.fixture(autouse=True)
def _hostile(transactional_db: None) -> Iterator[None]:  # noqa: ARG001 - the tables
    """Let messages be owed to the subscriber, which runs in the worker only."""
    from tests.faults.hostile.subscribers import hostile  # noqa: PLC0415 - registers itself

    subscribers[hostile.name] = hostile
    subscribers_of.cache_clear()
    yield
    del subscribers[hostile.name]
    subscribers_of.cache_clear()


def befall(what: str = "") -> UUID:
    conversation = uuid7()
    with transaction.atomic():
        publish(Befell(what=what), conversation=conversation)
    return conversation


def is_dead(conversation: UUID) -> bool:
    return Lane.objects.filter(correlation_id=conversation, stopped=True).exists()


def is_done(conversation: UUID) -> bool:
    return not Lane.objects.filter(correlation_id=conversation).exists()


def effects(conversation: UUID) -> int:
    return Customer.objects.filter(name=str(conversation)).count()


def test_a_message_that_kills_its_workers_is_a_dead_letter_and_the_others_go_on(
    tmp_path: Path,
) -> None:
    log = tmp_path / "worker.log"
    before, deadly, after = befall(), befall("exit"), befall()
    with worker(log, {"DJANGO_SETTINGS_MODULE": HOSTILE}):
        wait_until(lambda: is_dead(deadly), log=log)
        late = befall()
        fine = (before, after, late)
        wait_until(lambda: all(is_done(each) for each in fine), log=log)
    assert Lane.objects.get(correlation_id=deadly).error == "2 workers vanished over it"
    assert [effects(each) for each in (before, deadly, after, late)] == [1, 0, 1, 1]


def test_a_worker_that_was_stopped_for_longer_than_its_claim_commits_nothing(
    tmp_path: Path,
) -> None:
    log, stopped = tmp_path / "worker.log", tmp_path / "stopped"
    variables = {
        "DJANGO_SETTINGS_MODULE": HOSTILE,
        "HOSTILE_STOPPED": str(stopped),
        "STATEMENT_TIMEOUT_SECONDS": "2",  # and so long, and some more, a paused session lives
    }
    conversation = befall("stop")
    with worker(log, variables):
        wait_until(lambda: is_done(conversation), log=log)
        assert effects(conversation) == 1
        os.kill(int(stopped.read_text()), signal.SIGCONT)
        wait_until(stopped.with_suffix(".ended").exists, log=log)
    assert (is_done(conversation), effects(conversation)) == (True, 1)
    assert not FailedAttempt.objects.filter(correlation_id=conversation).exists()
