"""Retention removes what is over, and nothing that is owed, redrivable or open (M9, M11)."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from orders.sagas.models import SagaInstance
from outbox import retention, tasks
from outbox.checks import old_rows_are_removed, vacuum_can_work
from outbox.kit.rows import removal
from outbox.messages import Envelope
from outbox.models import Conversation, FailedAttempt, Message, Submission
from outbox.operations.dead_letters import Selection
from outbox.operations.redrive import discard
from outbox.publishing import publish
from outbox.retention import RemovedMessages, remove_what_is_over
from outbox.retry import Retry
from testkit.delivering import settle
from testkit.invariants import assert_clean
from testkit.shop import Shop
from tests.outbox.conftest import (
    HANDLED,
    STOPPED,
    Ear,
    Listen,
    Trouble,
    deliver,
    refuse,
    ring,
    statuses,
)
from tests.outbox.contracts import Rang


@pytest.fixture(autouse=True)
def _days(settings: Settings) -> None:
    settings.OUTBOX_KEEP_FAILURES_DAYS = None
    settings.OUTBOX_KEEP_LOG_DAYS = 30


def days_pass(days: int) -> None:
    """Make everything that messaging has written older."""
    with connection.cursor() as cursor:
        for table, column in (
            ("outbox_message", "recorded_at"),
            ("outbox_failedattempt", "at"),
            ("outbox_lane", "due_at"),
        ):
            cursor.execute(
                f"UPDATE {table} SET {column} = {column} - make_interval(days => %s)",  # noqa: S608 - our own names
                [days],
            )


def remove() -> RemovedMessages:
    return remove_what_is_over(seconds=60)


def left() -> set[UUID]:
    return set(Message.objects.values_list("correlation_id", flat=True))


def test_messages_go_when_their_days_are_over(listen: Listen) -> None:
    listen()
    for _ in range(3):
        ring()
    deliver()
    days_pass(20)
    young = ring()
    deliver()
    assert remove() == RemovedMessages(failures=0, webhooks=0, messages=0)
    days_pass(15)
    assert remove() == RemovedMessages(failures=0, webhooks=0, messages=3)
    assert left() == {young}


def test_failed_attempts_go_after_their_own_days_and_take_no_message_with_them(
    listen: Listen, ear: Ear, settings: Settings
) -> None:
    settings.OUTBOX_KEEP_FAILURES_DAYS = 10
    listen()
    first = ring()
    ear.act = refuse(first)
    deliver()
    days_pass(11)
    ear.act = refuse(ring())
    deliver()
    assert remove() == RemovedMessages(failures=1, webhooks=0, messages=0)
    assert FailedAttempt.objects.exclude(correlation_id=first).count() == 1
    assert first in left()


def test_what_is_owed_or_dead_keeps_its_conversation(listen: Listen, ear: Ear) -> None:
    listen(retry=Retry(attempts=1))
    over, owed, dead, discarded = (ring() for _ in range(4))

    def act(envelope: Envelope[Any]) -> None:
        if envelope.conversation in {dead, discarded}:
            raise Trouble("no")

    ear.act = act
    deliver()
    discard(Selection(conversation=discarded), actor="ada", reason="a test")
    deliver()
    ring(owed)
    days_pass(31)
    assert remove() == RemovedMessages(failures=0, webhooks=0, messages=2)
    assert left() == {owed, dead}
    assert over not in left()
    deliver()
    assert sorted(statuses()) == [STOPPED, HANDLED, HANDLED]


def test_one_published_lately_keeps_all_of_its_conversation(listen: Listen) -> None:
    listen()
    conversation = ring()
    deliver()
    days_pass(31)
    ring(conversation)
    deliver()
    assert remove() == RemovedMessages(failures=0, webhooks=0, messages=0)
    assert len(statuses()) == 2


def test_a_scheduled_message_keeps_its_conversation(listen: Listen) -> None:
    listen()
    conversation = ring()
    with transaction.atomic():
        publish(Rang(), conversation=conversation, due_at=timezone.now() + timedelta(days=90))
    deliver()
    days_pass(31)
    assert remove() == RemovedMessages(failures=0, webhooks=0, messages=0)


def test_an_open_saga_keeps_its_order(audited: Shop) -> None:
    going_on, ended = audited.order(), audited.order()
    settle()
    SagaInstance.objects.filter(correlation_id=going_on.pk).update(status="needs_attention")
    days_pass(31)
    remove()
    assert left() == {going_on.pk}
    SagaInstance.objects.filter(correlation_id=going_on.pk).update(status="completed")
    remove()
    assert left() == set()
    assert Conversation.objects.get(pk=ended.pk).messages_removed > 0


def test_the_books_are_in_order_when_everything_old_is_gone(shop: Shop) -> None:
    shop.order()
    shop.order(payment_method="pm_card_chargeDeclined")
    settle()
    days_pass(31)
    assert remove().messages > 0
    assert not Message.objects.exists()
    assert_clean()


def test_the_numbering_goes_on_when_messages_are_gone(listen: Listen, ear: Ear) -> None:
    listen()
    conversation = ring()
    deliver()
    days_pass(31)
    assert remove() == RemovedMessages(failures=0, webhooks=0, messages=1)
    row = Conversation.objects.get()
    assert (row.sequence, row.messages_removed) == (1, 1)
    ring(conversation)
    deliver()
    assert ear.heard == [(conversation, 1), (conversation, 2)]


def test_for_ever_is_for_ever(listen: Listen, ear: Ear, settings: Settings) -> None:
    settings.OUTBOX_KEEP_LOG_DAYS = None
    listen()
    ear.act = refuse(ring())
    ring()
    deliver()
    days_pass(10_000)
    assert remove() == RemovedMessages(failures=0, webhooks=0, messages=0)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "PAGE", 2)


@pytest.mark.usefixtures("small_pages")
def test_a_walk_that_was_stopped_goes_on_where_it_was(listen: Listen, ear: Ear) -> None:
    listen(retry=Retry(attempts=1))
    kept = ring()
    ear.act = refuse(kept)
    for _ in range(6):
        ring()
    deliver()
    days_pass(31)
    stopped = iter([False, True])

    def power_fails(_: Any) -> set[UUID]:
        if next(stopped, False):
            raise KeyboardInterrupt
        return set()

    retention.keepers.append(power_fails)
    try:
        with pytest.raises(KeyboardInterrupt):
            remove()
    finally:
        retention.keepers.remove(power_fails)
    assert 1 < Message.objects.count() < 7
    remove()
    assert left() == {kept}


def test_beat_removes_what_is_over(listen: Listen) -> None:
    listen()
    ring()
    deliver()
    days_pass(31)
    tasks.retain()
    assert statuses() == []


def test_a_deployment_is_warned_of_what_lets_tables_swell(
    transactional_db: None,  # noqa: ARG001 - real commits
    settings: Settings,
) -> None:
    settings.OUTBOX_KEEP_FAILURES_DAYS = 30
    assert old_rows_are_removed() == []
    settings.OUTBOX_KEEP_FAILURES_DAYS, settings.STATEMENT_TIMEOUT_SECONDS = None, 3600
    assert [found.id for found in old_rows_are_removed()] == ["outbox.W001", "outbox.W002"]
    assert vacuum_can_work(databases=["default"]) == []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE outbox_lane SET (autovacuum_enabled = false)")
        (found,) = vacuum_can_work(databases=["default"])
        transaction.set_rollback(True)
    assert (found.id, found.msg) == ("outbox.W004", "Autovacuum is off for outbox_lane.")


def test_forms_that_were_sent_long_ago_are_forgotten(transactional_db: None) -> None:  # noqa: ARG001 - the tables
    for days in (29, 31):
        Submission.objects.create(id=uuid4(), at=timezone.now() - timedelta(days=days))
    remove_what_is_over(seconds=10)
    assert Submission.objects.count() == 1
