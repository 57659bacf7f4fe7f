"""Dead letters are redriven or discarded, and the reason is recorded (M9)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from uuid_utils.compat import uuid7

from outbox.acts import ReasonMissing
from outbox.messages import Envelope
from outbox.models import Lane, OperatorAct
from outbox.operations.dead_letters import ErrorGroup, Selection, preview
from outbox.operations.ramps import sizes
from outbox.operations.redrive import SubscriberInUse, discard, redrive, remove_subscriber
from outbox.operations.status import status
from outbox.registry import AnySubscriber
from outbox.retry import Retry
from tests.outbox.conftest import (
    BEHIND,
    DISCARDED,
    HANDLED,
    STOPPED,
    Ear,
    Listen,
    Trouble,
    deliver_until_nothing_moves,
    lane,
    refuse,
    ring,
    statuses,
)

EVERYTHING = Selection()
WHY: dict[str, Any] = {"actor": "ada", "reason": "the cause is mended"}


@pytest.fixture
def ears(listen: Listen) -> AnySubscriber:
    subscriber: AnySubscriber = listen(retry=Retry(attempts=2))
    return subscriber


def dead_letter(ear: Ear, conversation: UUID | None = None) -> UUID:
    """Publish a message that always fails, and two more behind it."""
    conversation = conversation or uuid7()
    for _ in range(3):
        ring(conversation)
    ear.act = refuse(conversation)
    deliver_until_nothing_moves()
    ear.act = None
    return conversation


def refuse_all(_: Envelope[Any]) -> None:
    raise Trouble("no")


@pytest.mark.usefixtures("ears")
def test_a_redriven_dead_letter_has_all_its_attempts_and_goes_first(ear: Ear) -> None:
    conversation = dead_letter(ear)
    assert statuses() == [STOPPED, BEHIND, BEHIND]
    redrive(EVERYTHING, **WHY)
    assert (lane().next, lane().attempts, lane().stopped) == (1, 0, False)
    deliver_until_nothing_moves()
    assert ear.heard == [(conversation, 1), (conversation, 2), (conversation, 3)]
    assert statuses() == [HANDLED] * 3


@pytest.mark.usefixtures("ears")
def test_one_that_fails_again_is_a_dead_letter_again(ear: Ear) -> None:
    dead_letter(ear)
    ear.act = refuse_all
    redrive(EVERYTHING, **WHY)
    deliver_until_nothing_moves()
    assert statuses() == [STOPPED, BEHIND, BEHIND]
    assert ear.heard == []


@pytest.mark.usefixtures("ears")
def test_a_discarded_dead_letter_lets_its_conversation_go_on(ear: Ear) -> None:
    conversation = dead_letter(ear)
    discard(EVERYTHING, **WHY)
    deliver_until_nothing_moves()
    assert ear.heard == [(conversation, 2), (conversation, 3)]
    assert statuses() == [DISCARDED, HANDLED, HANDLED]


@pytest.mark.usefixtures("ears")
def test_what_was_discarded_is_not_redriven(ear: Ear) -> None:
    dead_letter(ear)
    discard(EVERYTHING, **WHY)
    assert redrive(EVERYTHING, **WHY) == []
    deliver_until_nothing_moves()
    assert statuses() == [DISCARDED, HANDLED, HANDLED]


@pytest.mark.usefixtures("ears")
@pytest.mark.parametrize("verb", [redrive, discard])
def test_an_act_is_recorded_for_each_dead_letter(ear: Ear, verb: Any) -> None:
    conversations = {dead_letter(ear), dead_letter(ear)}
    verb(EVERYTHING, **WHY)
    acts = OperatorAct.objects.all()
    assert {act.correlation_id for act in acts} == conversations
    assert {(act.actor, act.verb, act.subject, act.reason) for act in acts} == {
        ("ada", verb.__name__, "Rang to ear", "the cause is mended")
    }
    assert acts[0].details == {
        "subscriber": "ear",
        "sequence": 1,
        "attempts": 2,
        "error": "Trouble: no",
    }


@pytest.mark.usefixtures("ears")
@pytest.mark.parametrize("verb", [redrive, discard])
def test_nothing_happens_without_a_reason(ear: Ear, verb: Any) -> None:
    dead_letter(ear)
    with pytest.raises(ReasonMissing):
        verb(EVERYTHING, actor="ada", reason=" ")
    assert statuses() == [STOPPED, BEHIND, BEHIND]


def test_a_selection_narrows_down_by_what_it_names(listen: Listen, ear: Ear) -> None:
    for name in ("ear", "other_ear"):
        listen(name, retry=Retry(attempts=1))
    ear.act = refuse_all
    first, second = ring(), ring()
    deliver_until_nothing_moves()
    Lane.objects.filter(correlation_id=first).update(
        due_at=timezone.now() - timedelta(hours=2), error="Lost: %s", error_type="Lost"
    )
    for selection, expected in (
        (
            EVERYTHING,
            {(first, "ear"), (first, "other_ear"), (second, "ear"), (second, "other_ear")},
        ),
        (Selection(subscriber="ear"), {(first, "ear"), (second, "ear")}),
        (Selection(conversation=second), {(second, "ear"), (second, "other_ear")}),
        (Selection(error="lost: %", subscriber="ear"), {(first, "ear")}),
        (Selection(error_type="Trouble", subscriber="ear"), {(second, "ear")}),
        (Selection(older_than=timedelta(hours=1)), {(first, "ear"), (first, "other_ear")}),
        (Selection(message_type="Shouted"), set()),
        (Selection(lanes=[]), set()),
    ):
        rows = selection.rows()
        assert {(row.correlation_id, row.subscriber) for row in rows} == expected, selection
    assert len(Selection(limit=3).rows()) == 3


@pytest.mark.usefixtures("ears")
def test_a_preview_says_what_would_be_touched_and_touches_nothing(ear: Ear) -> None:
    dead_letter(ear)
    dead_letter(ear)
    before = list(Lane.objects.values())
    found = preview(EVERYTHING)
    (group,) = found.groups
    assert group == ErrorGroup("ear", "Rang", "Trouble", "Trouble: no", 2, group.since)
    assert (found.dead, found.conversations, found.behind) == (2, 2, 4)
    assert preview(Selection(limit=1)).behind == 2
    assert list(Lane.objects.values()) == before


def test_ramps_grow_by_one_two_five() -> None:
    numbers = sizes()
    assert [next(numbers) for _ in range(8)] == [1, 2, 5, 10, 20, 50, 100, 200]


def owed_to_a_subscriber_that_is_gone() -> None:
    Lane.objects.create(
        subscriber="fax",
        correlation_id=uuid7(),
        next=1,
        since=timezone.now(),
        due_at=timezone.now(),
    )


@pytest.mark.usefixtures("ears")
def test_a_subscriber_that_is_gone_is_removed_with_a_reason() -> None:
    owed_to_a_subscriber_that_is_gone()
    assert [each.owed for each in status() if each.subscriber == "fax"] == [1]
    assert remove_subscriber("fax", **WHY) == 1
    assert not Lane.objects.filter(subscriber="fax").exists()
    assert OperatorAct.objects.get(verb="remove subscriber").details == {"conversations": 1}


@pytest.mark.usefixtures("ears")
def test_a_subscriber_that_is_in_the_code_is_not_removed() -> None:
    ring()
    with pytest.raises(SubscriberInUse, match="remove it from the code and deploy"):
        remove_subscriber("ear", **WHY)
    assert Lane.objects.filter(subscriber="ear").exists()
