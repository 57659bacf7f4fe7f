"""Functions wired to messages: which subscriber they belong to, and which names are allowed."""

from collections.abc import Iterator

import pytest

from outbox.delivery.relay import drain, owed_names
from outbox.models import FailedAttempt
from outbox.publishing import publish
from outbox.registry import subscribers, subscribers_of
from outbox.wiring import on, tables
from tests.outbox.conftest import ring
from tests.outbox.contracts import Rang, Shouted


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Remove the wiring of a test."""
    known = set(subscribers)
    yield
    for name in set(subscribers) - known:
        del subscribers[name]
        tables.pop(name, None)
    subscribers_of.cache_clear()


@pytest.mark.django_db(transaction=True)
def test_several_subscribers_of_one_app_hear_the_same_message() -> None:
    heard: list[str] = []

    @on(Rang, subscriber="porter")
    def open_the_door(_: Rang) -> None:
        heard.append("porter")

    @on(Rang, subscriber="dog")
    def bark(_: Rang) -> None:
        heard.append("dog")

    ring()
    drain(owed_names(), seconds=10)
    assert sorted(heard) == ["dog", "porter"]


@pytest.mark.django_db(transaction=True)
def test_a_subscriber_that_declares_to_publish_nothing_may_not_publish() -> None:
    @on(Rang, subscriber="porter")
    def shout(_: Rang) -> None:
        publish(Shouted(), conversation=conversation, flow="loud")

    conversation = ring()
    drain(owed_names(), seconds=10)
    assert not subscribers["porter"].publishes
    (failure,) = FailedAttempt.objects.all()
    assert failure.subscriber == "porter"
    assert "porter has published Shouted: say so with publishes=" in failure.error


def test_one_that_publishes_says_so_where_it_is_wired() -> None:
    @on(Rang, subscriber="porter", publishes=[Shouted])
    def open_the_door(_: Rang) -> None: ...

    assert subscribers["porter"].publishes


def test_one_subscriber_has_one_function_for_a_message() -> None:
    @on(Rang, subscriber="porter")
    def open_the_door(_: Rang) -> None: ...

    with pytest.raises(ValueError, match="porter is subscribed to Rang already"):

        @on(Rang, subscriber="porter")
        def open_another_door(_: Rang) -> None: ...
