"""Subscribers that publish go first, then read models, then those that lock shared rows."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import Settings

from outbox.doorbell import bell
from outbox.messages import Contract, Envelope
from outbox.publishing import publish
from tests.outbox.conftest import Listen, deliver, ring
from tests.outbox.contracts import Rang, Shouted
from tests.outbox.test_backlog import wait_until


@pytest.fixture
def turns() -> list[str]:
    return []


@pytest.fixture
def join(listen: Listen, turns: list[str]) -> Callable[..., None]:
    """Return a function that registers a subscriber of one type which records its turns."""

    def join(
        name: str, hears: type[Contract] = Rang, *, shouts: bool = False, **options: Any
    ) -> None:
        def receive(envelopes: Sequence[Envelope[Any]]) -> None:
            turns.append(name)
            for envelope in envelopes if shouts else ():
                publish(Shouted(), conversation=envelope.conversation, flow="loud")

        subscriber = listen(name, receive=receive, follow_up=False, **options)
        for other in subscriber.subscriptions.keys() - {hears}:
            del subscriber.subscriptions[other]

    return join


def test_whoever_publishes_goes_first_and_shared_rows_are_locked_last(
    join: Callable[..., None], turns: list[str]
) -> None:
    join("a total", publishes=False, shares_rows=True)
    join("a view", publishes=False)
    join("the flow")
    ring()
    deliver()
    assert turns == ["the flow", "a view", "a total"]


def test_what_a_flow_brings_forth_goes_before_read_models_that_wait(
    join: Callable[..., None], turns: list[str]
) -> None:
    join("a view", publishes=False)
    join("the flow", shouts=True)
    join("its next step", Shouted)
    ring()
    deliver()
    assert turns == ["the flow", "its next step", "a view"]


def test_behind_full_batches_read_models_take_their_turns(
    join: Callable[..., None], turns: list[str], settings: Settings
) -> None:
    settings.OUTBOX_BATCH = 1
    join("a view", publishes=False)
    join("the flow")
    for _ in range(3):
        ring()
    deliver()
    assert turns[:4] == ["the flow", "a view", "the flow", "a view"]


def test_read_models_are_rung_for_apart_from_the_flow(
    join: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    broker = SimpleNamespace(send_task=lambda _, words, **__: sent.append(*words))
    monkeypatch.setattr(bell, "current_app", broker)
    monkeypatch.setattr(bell, "_bell", None)
    join("a view", publishes=False)
    join("the flow")
    bell.ring(["the flow", "a view", "gone"])
    wait_until(lambda: len(sent) == 2)
    assert sent == [["the flow"], ["a view", "gone"]]
