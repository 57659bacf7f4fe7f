"""A new subscriber learns the past, if it says that it may."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from outbox.models import Lane, OperatorAct
from tests.outbox.conftest import Ear, Listen, Trouble, deliver, refuse, ring


def replay(*words: str) -> str:
    said = StringIO()
    call_command("outbox", "replay", *words, stdout=said)
    return said.getvalue()


def test_it_is_handed_what_was_published_before_it_existed_in_order(
    listen: Listen, ear: Ear
) -> None:
    conversation = ring()
    ring(conversation)
    listen(replayable=True)
    ring(conversation)
    deliver()
    assert ear.heard == [(conversation, 3)]
    said = replay("ear", "--since", "1d", "--reason", "points for old orders")
    assert "handed over: 2 events of 1" in said
    assert ear.heard[1:] == [(conversation, 1), (conversation, 2)]
    assert not Lane.objects.exists()
    act = OperatorAct.objects.get()
    assert (act.verb, act.subject, act.reason) == ("replay", "ear", "points for old orders")


def test_without_a_reason_it_only_says_how_many(listen: Listen, ear: Ear) -> None:
    ring()
    listen(replayable=True)
    said = replay("ear", "--since", "1d")
    assert said.startswith("events that ear has not received: 1 of 1\nnothing was changed")
    assert ear.heard == []


def test_what_is_older_is_not_handed_over(listen: Listen, ear: Ear) -> None:
    ring()
    listen(replayable=True)
    replay("ear", "--since", "2100-01-01", "--reason", "an example")
    assert ear.heard == []


def test_a_conversation_that_fails_delays_no_other(listen: Listen, ear: Ear) -> None:
    first, second = ring(), ring()
    listen(replayable=True)
    ear.act = refuse(first)
    with pytest.raises(CommandError, match="1 conversations failed"):
        replay("ear", "--since", "1d", "--reason", "an example")
    assert ear.heard == [(second, 1)]
    ear.act = None


def test_calls_outside_are_made_anew(listen: Listen) -> None:
    called: list[int] = []
    conversation = ring()
    ring(conversation)
    listen(call=lambda envelope: called.append(envelope.sequence), replayable=True)
    assert "handed over: 2 events" in replay("ear", "--since", "1d", "--reason", "an example")
    assert called == [1, 2]


def test_a_call_that_raises_is_reported(listen: Listen) -> None:
    def call(_: Any) -> None:
        raise Trouble("away")

    ring()
    listen(call=call, replayable=True)
    with pytest.raises(CommandError, match="1 conversations failed"):
        replay("ear", "--since", "1d", "--reason", "an example")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("payments", "payments may not be handed an event twice"),
        ("order_summary", "order_summary is a read model: rebuild it instead"),
        ("nobody", "there is no subscriber nobody"),
    ],
)
@pytest.mark.django_db
def test_who_does_not_say_that_it_may_is_refused(name: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        replay(name, "--since", "1d", "--reason", "an example")
