"""Members of a group share lanes and transactions; one that fails leaves and rejoins (M5)."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db.models import F
from django.utils import timezone
from uuid_utils.compat import uuid7

from orders.models import Customer
from outbox.delivery import claims
from outbox.delivery.batch import deliver_batch
from outbox.delivery.calls import Calls
from outbox.handling import kept_for_the_turn
from outbox.messages import Envelope
from outbox.models import Claim, Lane, Message
from outbox.operations.dead_letters import Selection
from outbox.operations.redrive import discard, redrive
from outbox.publishing import publish
from outbox.registry import OutsideSubscriber, groups, subscribers
from outbox.retry import Retry
from testkit.clock import let_claims_end
from testkit.delivering import hurry
from tests.outbox.conftest import (
    BEHIND,
    HANDLED,
    OWED,
    STOPPED,
    Listen,
    Trouble,
    deliver,
    deliver_until_nothing_moves,
    lane,
    ring,
    statuses,
)
from tests.outbox.contracts import Shouted

Join = Callable[[str], "Member"]


class Member:
    """A member of a group; like a read model, it skips what it has already applied."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.batches: list[int] = []
        self.act: Callable[[Envelope[Any]], None] | None = None

    def receive(self, envelopes: Sequence[Envelope[Any]]) -> None:
        self.batches.append(len(envelopes))
        for envelope in sorted(envelopes, key=lambda each: each.sequence):
            if self.act:
                self.act(envelope)
            name = f"{self.name} {envelope.conversation} {envelope.sequence}"
            if not Customer.objects.filter(name=name).exists():
                Customer.objects.create(name=name)

    @property
    def heard(self) -> list[tuple[UUID, int]]:
        """List what it has applied and committed."""
        names = Customer.objects.filter(name__startswith=self.name).order_by("pk")
        return [(UUID(row.name.split()[1]), int(row.name.split()[2])) for row in names]


@pytest.fixture
def join(listen: Listen) -> Join:
    """Return a function that registers a member of the group ``choir``."""

    def join(name: str) -> Member:
        member = Member(name)
        listen(
            name,
            receive=member.receive,
            publishes=False,
            follow_up=False,
            group="choir",
            retry=Retry(attempts=2),
        )
        return member

    return join


@pytest.fixture
def alto(join: Join) -> Member:
    return join("alto")


@pytest.fixture
def bass(join: Join, alto: Member) -> Member:  # noqa: ARG001 - it is handed everything first
    return join("bass")


@contextmanager
def failing(
    member: Member, *places: tuple[UUID, int], error: type[BaseException] = Trouble
) -> Iterator[None]:
    """Let these messages fail during the block."""

    def act(envelope: Envelope[Any]) -> None:
        if (envelope.conversation, envelope.sequence) in places:
            raise error

    member.act = act
    yield
    member.act = None


def lanes() -> list[tuple[str, int]]:
    """List the lanes: the subscriber, and the first sequence owed."""
    return sorted(Lane.objects.values_list("subscriber", "next"))


def test_members_share_a_lane_and_a_turn(alto: Member, bass: Member) -> None:
    conversations = [ring() for _ in range(3)]
    assert lanes() == [("choir", 1)] * 3
    deliver()
    assert sorted(alto.heard) == sorted(bass.heard) == sorted((c, 1) for c in conversations)
    assert (alto.batches, bass.batches) == ([3], [3])
    assert (lanes(), Claim.objects.count()) == ([], 0)
    assert statuses("alto") == statuses("bass") == [HANDLED] * 3


def test_a_member_that_fails_holds_up_no_other(alto: Member, bass: Member) -> None:
    poisoned, healthy = ring(), ring()
    ring(poisoned)
    with failing(alto, (poisoned, 1)):
        deliver_until_nothing_moves()
        assert sorted(bass.heard) == sorted([(poisoned, 1), (poisoned, 2), (healthy, 1)])
        assert lanes() == [("alto", 1)]
        stopped = lane(poisoned, "alto")
    assert (stopped.stopped, stopped.attempts, stopped.error) == (True, 2, "Trouble: ")
    assert statuses("alto") == [STOPPED, BEHIND, HANDLED]
    assert statuses("bass") == [HANDLED] * 3
    ring(healthy)
    ring(poisoned)
    deliver()
    assert (healthy, 2) in alto.heard
    assert {(healthy, 2), (poisoned, 3)} <= set(bass.heard)
    assert lanes() == [("alto", 1)]


class Unwritable:
    """What a member keeps until the members write together, and cannot be written."""

    def save(self) -> None:
        raise Trouble


def keep_what_cannot_be_written(_: Envelope[Any]) -> None:
    with kept_for_the_turn(Unwritable, Unwritable.save):
        pass


def test_a_member_whose_rows_cannot_be_written_beside_the_others_is_set_aside_alone(
    alto: Member, bass: Member
) -> None:
    conversation = ring()
    alto.act = keep_what_cannot_be_written
    deliver_until_nothing_moves()
    assert (bass.heard, lanes()) == ([(conversation, 1)], [("alto", 1)])
    assert lane(conversation, "alto").stopped
    alto.act = None
    redrive(Selection(), actor="ada", reason="mended")
    deliver()
    assert (alto.heard, lanes()) == ([(conversation, 1)], [])


def test_members_that_fail_at_different_messages_are_set_aside_each_for_its_own(
    alto: Member, bass: Member
) -> None:
    one, other = ring(), ring()
    with failing(alto, (one, 1)), failing(bass, (other, 1)):
        deliver_until_nothing_moves()
    assert lanes() == [("alto", 1), ("bass", 1)]
    assert (lane(one, "alto").stopped, lane(other, "bass").stopped) == (True, True)
    redrive(Selection(), actor="ada", reason="mended")
    deliver()
    assert statuses("alto") == statuses("bass") == [HANDLED, HANDLED]


def test_who_was_set_aside_hears_all_in_order_and_comes_back(alto: Member, bass: Member) -> None:
    conversation = ring()
    with failing(alto, (conversation, 1)):
        deliver()
        for _ in range(2):
            ring(conversation)
        deliver()
        assert bass.heard == [(conversation, number) for number in (1, 2, 3)]
        assert alto.heard == []
    deliver_until_nothing_moves()
    assert alto.heard == bass.heard
    alto.batches.clear()
    bass.batches.clear()
    ring(conversation)
    assert lanes() == [("choir", 4)]
    deliver()
    assert (alto.batches, bass.batches) == ([1], [1])


@pytest.mark.parametrize(
    ("act", "heard"), [(redrive, [1, 2, 3]), (discard, [2, 3])], ids=["redriven", "discarded"]
)
def test_a_dead_letter_of_a_member_comes_back_in_order(
    alto: Member, bass: Member, act: Any, heard: list[int]
) -> None:
    conversation = uuid7()
    for _ in range(2):
        ring(conversation)
    with failing(alto, (conversation, 1)):
        deliver_until_nothing_moves()
    ring(conversation)
    deliver()
    act(Selection(subscriber="alto"), actor="ada", reason="mended")
    deliver()
    assert [number for _, number in alto.heard] == heard
    assert [number for _, number in bass.heard] == [1, 2, 3]
    assert lanes() == []


def test_a_member_that_does_not_hear_a_message_in_this_code_is_set_aside_alone(
    alto: Member, bass: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = ring()
    with monkeypatch.context() as old_code:
        old_code.setattr(subscribers["alto"], "subscriptions", {})
        deliver()
        hurry()
        deliver()
        assert bass.heard == [(conversation, 1)]
        refused = lane(conversation, "alto")
        assert (refused.attempts, refused.refusals > 0, refused.stopped) == (0, True, False)
    deliver_until_nothing_moves()
    assert alto.heard == [(conversation, 1)]


def test_a_member_that_kills_its_worker_is_found_and_the_others_go_on(
    alto: Member, bass: Member
) -> None:
    deadly, fine = ring(), ring()
    with failing(alto, (deadly, 1), error=KeyboardInterrupt):
        for _ in range(6):
            hurry()
            try:
                deliver()
            except KeyboardInterrupt:
                let_claims_end()
    assert lanes() == [("alto", 1)]
    assert lane(deadly, "alto").error == "2 workers vanished over it"
    assert lane(deadly, "alto").stopped
    assert sorted(bass.heard) == sorted([(deadly, 1), (fine, 1)])
    assert alto.heard == [(fine, 1)]


def test_a_worker_that_vanishes_costs_a_group_no_message(alto: Member, bass: Member) -> None:
    conversation = ring()
    for each in (conversation, None):
        ring(each)
    claims.claim(groups["choir"], 10)
    let_claims_end()
    deliver_until_nothing_moves()
    assert statuses("alto") == statuses("bass") == [HANDLED] * 3
    for member in (alto, bass):
        assert [number for key, number in member.heard if key == conversation] == [1, 2]
    assert (lanes(), Claim.objects.count()) == ([], 0)


def test_a_message_that_nobody_can_read_stops_the_lane_of_all(alto: Member, bass: Member) -> None:
    unreadable, fine = ring(), ring()
    Message.objects.filter(correlation_id=unreadable).update(payload={"number": "x"})
    deliver()
    assert alto.heard == bass.heard == [(fine, 1)]
    assert (lane(unreadable, "choir").stopped, lanes()) == (True, [("choir", 1)])
    assert statuses("alto") == statuses("bass") == [STOPPED, HANDLED]
    Message.objects.update(payload={})
    redrive(Selection(subscriber="choir"), actor="ada", reason="mended")
    deliver()
    assert statuses("alto") == statuses("bass") == [HANDLED, HANDLED]


def test_what_a_member_has_taken_in_from_its_own_lane_and_the_groups_lane_owes_too_has_one_effect(
    alto: Member, bass: Member
) -> None:
    """The member's own lane ends before the group's lane is claimed."""
    conversation = ring()
    with failing(alto, (conversation, 1)):
        deliver()
    ring(conversation)
    assert lanes() == [("alto", 1), ("choir", 2)]
    assert statuses("alto") == [OWED, OWED]
    deliver_until_nothing_moves()
    assert alto.heard == bass.heard == [(conversation, 1), (conversation, 2)]
    assert lanes() == []


@pytest.fixture
def flow(listen: Listen) -> None:
    """Register a subscriber that answers the first message of a conversation."""

    def answer(envelopes: Sequence[Envelope[Any]]) -> None:
        for envelope in envelopes:
            if envelope.sequence == 1:
                publish(Shouted(), conversation=envelope.conversation, flow="loud")

    listen("flow", receive=answer)


@pytest.mark.usefixtures("flow")
def test_a_group_takes_in_what_a_turn_publishes_in_the_same_transaction(
    alto: Member, bass: Member
) -> None:
    conversation = ring()
    assert lanes() == [("choir", 1), ("flow", 1)]
    deliver_batch(subscribers["flow"])
    assert alto.heard == bass.heard == [(conversation, 1), (conversation, 2)]
    assert (alto.batches, bass.batches, lanes()) == ([2], [2], [])


@pytest.mark.usefixtures("flow")
def test_a_member_that_fails_in_the_turn_of_another_holds_up_neither(
    alto: Member, bass: Member
) -> None:
    conversation = ring()
    with failing(alto, (conversation, 2)):
        deliver_batch(subscribers["flow"])
        assert statuses("flow") == [HANDLED, HANDLED]
        assert (lanes(), bass.heard) == ([("choir", 1)], [])
        deliver_until_nothing_moves()
    assert bass.heard == [(conversation, 1), (conversation, 2)]
    assert alto.heard == [(conversation, 1)]
    assert (lanes(), lane(name="alto").stopped) == ([("alto", 2)], True)


@pytest.mark.usefixtures("flow")
def test_who_is_set_aside_is_passed_over_in_the_turn_of_another_and_loses_nothing(
    alto: Member, bass: Member
) -> None:
    conversation = ring()
    Lane.objects.filter(subscriber="flow").update(due_at=timezone.now() + timedelta(hours=1))
    with failing(alto, (conversation, 1)):
        deliver_until_stopped(alto)
        hurry()
        deliver_batch(subscribers["flow"])
    assert bass.heard == [(conversation, 1), (conversation, 2)]
    assert (alto.heard, lanes()) == ([], [("alto", 1)])
    redrive(Selection(subscriber="alto"), actor="ada", reason="mended")
    deliver()
    assert alto.heard == bass.heard


def deliver_until_stopped(member: Member) -> None:
    for _ in range(3):
        Lane.objects.filter(subscriber=member.name).update(due_at=timezone.now())
        deliver()
    assert lane(name=member.name).stopped


@pytest.fixture
def call_under_way(listen: Listen, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """Claim a call outside about a conversation; return the conversation."""
    monkeypatch.setattr(claims, "UNTIL_AT_REST", 5.0)
    listen("outside", call=lambda _: None)
    conversation = ring()
    claims.claim(subscribers["outside"], 1)
    return conversation


def test_a_group_waits_a_moment_for_a_call_outside(
    alto: Member, bass: Member, call_under_way: UUID
) -> None:
    deliver_batch(groups["choir"])
    assert (alto.heard, bass.heard) == ([], [])
    passing(seconds=1)
    deliver_batch(groups["choir"])
    assert alto.heard == bass.heard == [(call_under_way, 1)]


def test_while_workers_are_behind_a_group_waits_for_calls_longer(
    alto: Member, call_under_way: UUID
) -> None:
    ring()
    passing(seconds=1)
    deliver_batch(groups["choir"])
    assert alto.heard == []
    passing(seconds=5)
    deliver_batch(groups["choir"])
    assert (call_under_way, 1) in alto.heard


def passing(*, seconds: float) -> None:
    """Let all that is owed have been owed for longer."""
    earlier = timedelta(seconds=seconds)
    Lane.objects.update(since=F("since") - earlier, due_at=F("due_at") - earlier)


def test_a_call_that_takes_long_is_renewed_and_shows_the_group_what_led_to_it(
    alto: Member, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "UNTIL_SETTLED", 0.02)
    shown = threading.Event()
    outside = listen("outside", call=lambda _: shown.wait(60))
    assert isinstance(outside, OutsideSubscriber)
    calls = Calls(outside)
    conversation = ring()
    calls.claim()
    calls.renewed_at -= 3600
    ends_at = Claim.objects.get().ends_at
    assert "choir" in calls.conclude().owed_to
    assert Claim.objects.get().ends_at > ends_at
    deliver_batch(groups["choir"])
    assert alto.heard == [(conversation, 1)]
    shown.set()
    calls.conclude_all()
    calls.pool.shutdown()
    assert lanes() == []
