"""A message exists if and only if its change does (M1, M2, M6, M12)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from uuid_utils.compat import uuid7

from outbox.delivery.relay import drain, owed_names
from outbox.doorbell import bell
from outbox.messages import context_of, type_of
from outbox.models import Conversation, Lane, Message
from outbox.publishing import NoSubscriber, PublishedOutsideTransaction, publish
from outbox.retry import Retry
from testkit.delivering import hurry
from tests.outbox.conftest import HANDLED, OWED, STOPPED, Ear, Listen, refuse, ring, statuses
from tests.outbox.contracts import Rang, Shouted


def test_publishing_outside_a_transaction_is_an_error(transactional_db: None) -> None:  # noqa: ARG001 - autocommit
    with pytest.raises(PublishedOutsideTransaction, match="Rang was published outside"):
        publish(Rang(), conversation=uuid7())
    assert not Message.objects.exists()


def test_a_rollback_leaves_no_message_and_nothing_owed(listen: Listen) -> None:
    listen()
    with transaction.atomic():
        publish(Rang(), conversation=uuid7())
        transaction.set_rollback(True)
    assert (Message.objects.count(), Lane.objects.count()) == (0, 0)
    assert not Conversation.objects.exists()


def test_a_message_is_owed_to_each_of_its_subscribers_once(listen: Listen) -> None:
    listen("ear")
    listen("other_ear")
    ring()
    assert (statuses("ear"), statuses("other_ear")) == ([OWED], [OWED])


def test_a_subscriber_of_some_flows_hears_nothing_of_the_others(listen: Listen) -> None:
    listen()
    with transaction.atomic():
        publish(Shouted(), conversation=uuid7(), flow="loud")
        with pytest.raises(NoSubscriber, match="Shouted has no subscriber in flow quiet"):
            publish(Shouted(), conversation=uuid7(), flow="quiet")
    assert statuses() == [OWED]


def test_whoever_publishes_later_publishes_into_the_flow_of_the_conversation(
    listen: Listen,
) -> None:
    listen()
    conversation = uuid7()
    with transaction.atomic():
        publish(Shouted(), conversation=conversation, flow="loud")
    with transaction.atomic():
        publish(Shouted(), conversation=conversation)
    assert list(Message.objects.values_list("flow", flat=True)) == ["loud", "loud"]


def test_many_publishers_number_a_conversation_without_a_gap(listen: Listen) -> None:
    listen()
    conversation = uuid7()

    def publish_ten(_: int) -> None:
        try:
            for number in range(10):
                ring(conversation, number)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(publish_ten, range(6)))
    sequences = Message.objects.order_by("recorded_at").values_list("sequence", flat=True)
    assert list(sequences) == list(range(1, 61))
    assert Conversation.objects.get().sequence == 60


def test_a_transaction_that_began_early_and_commits_late_is_still_delivered(
    listen: Listen, ear: Ear
) -> None:
    listen()
    early, published, commit = uuid7(), threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                publish(Rang(), conversation=early)
                published.set()
                commit.wait(5)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        finished = pool.submit(slow)
        published.wait(5)
        late = [ring() for _ in range(3)]
        drain(owed_names(), seconds=5)
        assert {conversation for conversation, _ in ear.heard} == set(late)
        commit.set()
        finished.result()
    drain(owed_names(), seconds=5)
    assert ear.heard[-1] == (early, 1)


def test_the_log_is_only_added_to(listen: Listen, ear: Ear) -> None:
    """What happens to a message is stored elsewhere, including its failures."""
    listen(retry=Retry(attempts=2))

    def versions() -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, xmin::text, ctid::text FROM outbox_message ORDER BY id")
            return list(cursor.fetchall())

    ring()
    failing = ring()
    before = versions()
    ear.act = refuse(failing)
    for _ in range(2):
        drain(owed_names(), seconds=5)
        hurry()
    assert sorted(statuses()) == [STOPPED, HANDLED]
    assert versions() == before


def test_no_message_has_a_field_for_a_secret() -> None:
    """A card is an opaque token of the gateway, and a person is a reference (M12)."""
    ours = [contract for contract in type_of.values() if context_of(contract) != "tests"]
    told = {name for contract in ours for name in contract.__struct_fields__}
    assert {"payment_method", "customer_id"} <= told
    kept_out = (
        "customer_name",
        "card",
        "cvc",
        "iban",
        "email",
        "phone",
        "street",
        "address",
        "birth",
        "password",
    )
    assert [name for name in sorted(told) if any(word in name for word in kept_out)] == []


def test_what_a_handler_publishes_bears_its_cause_and_its_flow(listen: Listen, ear: Ear) -> None:
    listen()

    def answer(envelope: Any) -> None:
        if isinstance(envelope.message, Shouted):
            publish(Rang(), conversation=envelope.conversation)

    ear.act = answer
    with transaction.atomic():
        publish(Shouted(), conversation=uuid7(), flow="loud")
    drain(owed_names(), seconds=5)
    shouted, rang = Message.objects.order_by("sequence")
    assert (rang.causation_id, rang.flow) == (shouted.id, "loud")
    assert (shouted.causation_id, shouted.context) == (None, "tests")


def test_a_commit_rings_the_bell_and_a_rollback_does_not(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen()
    rung: list[set[str]] = []
    monkeypatch.setattr(bell, "ring", lambda names: rung.append(set(names)))
    with transaction.atomic():
        publish(Rang(), conversation=uuid7())
        transaction.set_rollback(True)
    assert rung == []
    ring()
    assert rung == [{"ear"}]


def test_a_broker_that_fails_costs_the_bell_and_nothing_else(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen()
    tried = threading.Semaphore(0)

    class Broken:
        @staticmethod
        def send_task(*_: Any, **__: Any) -> None:
            tried.release()
            raise ConnectionError("the broker hangs")

    monkeypatch.setattr(bell, "current_app", Broken)
    # A bell that found the queue full in an earlier test does not ring.
    monkeypatch.setattr(bell, "_bell", None)
    for _ in range(2):
        ring()
        assert tried.acquire(timeout=5), "the bell died of its first error"
    assert statuses() == [OWED, OWED]
