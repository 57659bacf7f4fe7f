"""A scheduled message is a row until it is due, and gets its sequence then."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from outbox import tasks
from outbox.log.scheduled import BATCH, publish_due, withdraw
from outbox.models import Message, ScheduledMessage
from outbox.publishing import publish
from tests.outbox.conftest import (
    OWED,
    Ear,
    Listen,
    Trouble,
    deliver,
    deliver_until_nothing_moves,
    ring,
    statuses,
)
from tests.outbox.contracts import Rang, Shouted


def later(**time: int) -> datetime:
    return timezone.now() + timedelta(**(time or {"hours": 1}))


def schedule(conversation: UUID, number: int = 0, *, due_at: datetime | None = None) -> None:
    with transaction.atomic():
        publish(Rang(number=number), conversation=conversation, due_at=due_at or later())


def an_hour_passes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE outbox_scheduledmessage SET due_at = due_at - interval '1 hour'")


def test_a_message_is_not_delivered_before_it_is_due(listen: Listen, ear: Ear) -> None:
    listen()
    conversation = uuid7()
    schedule(conversation)
    publish_due()
    deliver()
    assert (ear.heard, Message.objects.count()) == ([], 0)
    an_hour_passes()
    assert publish_due() == {"ear"}
    deliver()
    assert ear.heard == [(conversation, 1)]
    assert not ScheduledMessage.objects.exists()


def test_it_holds_up_nothing_and_takes_its_place_when_it_is_due(listen: Listen, ear: Ear) -> None:
    listen()
    numbers: list[int] = []
    ear.act = lambda envelope: numbers.append(envelope.message.number)
    conversation = uuid7()
    schedule(conversation, 1)
    ring(conversation, 2)
    deliver()
    assert numbers == [2]
    an_hour_passes()
    publish_due()
    ring(conversation, 3)
    deliver()
    assert numbers == [2, 1, 3]
    assert [sequence for _, sequence in ear.heard] == [1, 2, 3]


def test_what_falls_due_together_is_published_in_the_order_of_its_times(
    listen: Listen, ear: Ear
) -> None:
    listen()
    numbers: list[int] = []
    ear.act = lambda envelope: numbers.append(envelope.message.number)
    conversation = uuid7()
    for minutes in (3, 1, 2):
        schedule(conversation, minutes, due_at=later(minutes=minutes))
    an_hour_passes()
    publish_due()
    deliver()
    assert numbers == [1, 2, 3]


def test_the_relays_tick_publishes_what_is_due(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen()
    handed_on: list[Any] = []
    monkeypatch.setattr(tasks.see_to, "apply_async", lambda words, **_: handed_on.append(words))
    schedule(uuid7(), due_at=timezone.now())
    tasks.relay()
    assert handed_on == [(["ear"],)]


def test_more_than_a_batch_falls_due_at_once(listen: Listen) -> None:
    listen()
    with transaction.atomic():
        for _ in range(BATCH + 1):
            publish(Rang(), conversation=uuid7(), due_at=timezone.now())
    publish_due()
    assert statuses() == [OWED] * (BATCH + 1)


def test_a_rollback_schedules_nothing(listen: Listen) -> None:
    listen()
    with transaction.atomic():
        publish(Rang(), conversation=uuid7(), due_at=later())
        transaction.set_rollback(True)
    assert not ScheduledMessage.objects.exists()


def test_a_handler_schedules_in_the_transaction_of_its_effect(listen: Listen, ear: Ear) -> None:
    """Follow-up leaves out what is not due, and a handler that fails schedules nothing."""
    listen()
    follower = Ear()
    listen("follower", receive=follower.receive)
    failing = [True, True]

    def act(envelope: Any) -> None:
        if envelope.sequence == 1:
            publish(
                Shouted(number=5), conversation=envelope.conversation, flow="loud", due_at=later()
            )
            if failing and failing.pop():
                raise Trouble("after scheduling")

    ear.act = act
    conversation = ring()
    deliver_until_nothing_moves()
    assert follower.heard == [(conversation, 1)]
    (row,) = ScheduledMessage.objects.all()
    cause = Message.objects.get()
    assert (row.causation_id, row.flow, row.payload) == (cause.id, "loud", {"number": 5})
    an_hour_passes()
    publish_due()
    deliver()
    assert follower.heard == [(conversation, 1), (conversation, 2)]
    shouted = Message.objects.get(type="Shouted")
    assert (shouted.id, shouted.causation_id, shouted.flow) == (row.id, cause.id, "loud")


def test_a_scheduled_message_can_be_withdrawn(listen: Listen) -> None:
    listen()
    kept, withdrawn = uuid7(), uuid7()
    for conversation in (kept, withdrawn, withdrawn):
        schedule(conversation)
    assert withdraw(Shouted, [withdrawn]) == 0
    assert withdraw(Rang, [withdrawn]) == 2
    assert ScheduledMessage.objects.get().correlation_id == kept


def test_a_type_that_this_code_does_not_know_is_left_to_code_that_does(listen: Listen) -> None:
    listen()
    schedule(uuid7(), due_at=timezone.now())
    schedule(uuid7(), due_at=timezone.now())
    unknown = ScheduledMessage.objects.first()
    assert unknown
    ScheduledMessage.objects.filter(pk=unknown.pk).update(type="Whistled")
    publish_due()
    assert ScheduledMessage.objects.get() == ScheduledMessage(pk=unknown.pk)
    assert statuses() == [OWED]
