"""Old and new code run together: workers leave messages they do not know to newer code (M10)."""

from typing import Any

import pytest
from django.utils import timezone
from uuid_utils.compat import uuid7

from outbox.delivery.relay import drain, owed_names
from outbox.messages import type_of
from outbox.models import Lane, Message
from outbox.registry import subscribers
from outbox.retry import UNTIL_DEPLOYED, Retry
from testkit.delivering import hurry
from tests.outbox.conftest import (
    BEHIND,
    HANDLED,
    STOPPED,
    Ear,
    Listen,
    deliver,
    deliver_until_nothing_moves,
    lane,
    refuse,
    ring,
    statuses,
)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"type": "Whistled"}, "UnknownMessage: no contract is called Whistled: deploy the code"),
        ({"version": 7}, "UnknownMessage: Rang is at version 1 here, the message is of version 7"),
        (
            {"type": "Shouted", "flow": "soft"},
            "UnknownMessage: ear is not subscribed to Shouted here",
        ),
    ],
)
def test_a_message_this_code_does_not_know_is_refused_and_then_a_dead_letter_that_says_so(
    listen: Listen, ear: Ear, change: dict[str, Any], error: str
) -> None:
    listen()
    unknown, fine = ring(), ring()
    ring(unknown)
    Message.objects.filter(correlation_id=unknown, sequence=1).update(**change)
    deliver()
    refused = lane(unknown)
    assert (refused.stopped, refused.next) == (False, 1)
    assert (refused.attempts, refused.refusals) == (0, 1)
    assert refused.error.startswith(error)
    assert ear.heard == [(fine, 1)]
    last = UNTIL_DEPLOYED.attempts - 1
    Lane.objects.filter(pk=refused.pk).update(refusals=last, due_at=timezone.now())
    deliver()
    assert statuses() == [STOPPED, BEHIND, HANDLED]
    assert lane(unknown).error.startswith(error)
    assert ear.heard == [(fine, 1)]


def test_a_newer_version_is_not_taken_for_ours(listen: Listen, ear: Ear) -> None:
    listen()
    ring()
    Message.objects.update(version=2)
    deliver()
    assert ear.heard == []


def test_a_deployment_may_take_an_hour() -> None:
    """Full jitter waits half of the longest delay on average."""
    delays = (min(60, 2 ** (tries - 1)) / 2 for tries in range(1, UNTIL_DEPLOYED.attempts))
    assert 3600 < sum(delays) < 4000


def test_refusals_use_up_no_attempt_of_code_that_knows_the_message(
    listen: Listen, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(retry=Retry(attempts=2))
    conversation = ring()
    with monkeypatch.context() as old_code:
        old_code.delitem(type_of, "Rang")
        for _ in range(5):
            deliver()
            hurry()
    assert lane(conversation).refusals == 5
    ear.act = refuse(conversation)
    deliver()
    assert (lane(conversation).stopped, lane(conversation).attempts) == (False, 1)
    ear.act = None
    deliver_until_nothing_moves()
    assert ear.heard == [(conversation, 1)]


def test_a_worker_without_a_handler_leaves_the_message_to_one_that_has_it(
    listen: Listen, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriber = listen()
    conversation = ring()
    with monkeypatch.context() as old_code:
        old_code.setattr(subscriber, "subscriptions", {})
        deliver()
    assert lane(conversation).refusals == 1
    deliver_until_nothing_moves()
    assert ear.heard == [(conversation, 1)]


def test_what_is_owed_to_a_subscriber_of_newer_code_is_left_alone(
    listen: Listen, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old worker that receives its bell does nothing; a new one still finds the message."""
    listen()
    conversation = ring(uuid7())
    with monkeypatch.context() as old_code:
        old_code.delitem(subscribers, "ear")
        assert owed_names() == []
        assert drain(["ear"], seconds=5) == []
    untouched = lane(conversation)
    assert (untouched.stopped, untouched.attempts, untouched.refusals) == (False, 0, 0)
    deliver()
    assert ear.heard == [(conversation, 1)]
