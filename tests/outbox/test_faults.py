"""Dead letters are told apart by fault: subscriber, type of error, and place in our code."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from outbox.messages import Envelope
from outbox.models import FailedAttempt, Fault, Lane, OperatorAct
from outbox.operations.faults import (
    conversations_of,
    failures_by_hour,
    faults,
    note_fault,
)
from outbox.registry import AnySubscriber
from outbox.retry import Failure, Retry
from tests.outbox.conftest import Ear, Listen, Trouble, deliver_until_nothing_moves, ring


@pytest.fixture(autouse=True)
def ears(listen: Listen) -> AnySubscriber:
    subscriber: AnySubscriber = listen(retry=Retry(attempts=2))
    return subscriber


def at_one_place(_: Envelope[Any]) -> None:
    raise Trouble("at one place")


def at_another_place(_: Envelope[Any]) -> None:
    raise Trouble("at another place")


def of_another_type(_: Envelope[Any]) -> None:
    raise LookupError("of another type")


def fail(ear: Ear, *acts: Any) -> None:
    """Let a message fail in each of these ways until it is a dead letter."""
    for act in acts:
        ear.act = act
        ring()
        deliver_until_nothing_moves()
    ear.act = None


def test_the_same_error_at_another_place_or_of_another_type_is_another_fault(ear: Ear) -> None:
    fail(ear, at_one_place, at_another_place, of_another_type, at_one_place)
    found = faults()
    assert [(each.error_type, each.place.split(", in ")[1], each.dead) for each in found][:1] == [
        ("Trouble", "at_one_place", 2)
    ]
    assert sorted(each.example for each in found) == [
        "LookupError: of another type",
        "Trouble: at another place",
        "Trouble: at one place",
    ]
    assert found[0].place == "tests/outbox/test_faults.py, in at_one_place"
    assert set(FailedAttempt.objects.values_list("fault")) == {(each.key,) for each in found}


def test_what_goes_well_then_bears_no_fault_any_more(ear: Ear) -> None:
    ear.act = at_one_place
    conversation = ring()
    deliver_until_nothing_moves()
    assert Lane.objects.get().fault
    ear.act = None
    ring(conversation)
    Lane.objects.update(stopped=False, attempts=0)
    deliver_until_nothing_moves()
    assert faults() == []


def test_a_fault_says_when_it_was_seen_and_whether_it_grows(ear: Ear) -> None:
    fail(ear, at_one_place)
    FailedAttempt.objects.update(at=F("at") - timedelta(minutes=90))
    (found,) = faults()
    assert (found.last_hour, found.hour_before, found.trend) == (0, 2, "falling")
    fail(ear, at_one_place, at_one_place)
    (found,) = faults()
    assert (found.last_hour, found.hour_before, found.trend) == (4, 2, "growing")
    assert found.last_seen - found.first_seen > timedelta(minutes=80)
    assert sum(number for _, number in failures_by_hour(found.key, hours=3)) == 6
    assert len(failures_by_hour(found.key, hours=3)) == 3


def test_a_fault_names_the_conversations_it_stops(ear: Ear) -> None:
    fail(ear, at_one_place, of_another_type)
    for each in faults():
        assert list(conversations_of(each.key)) == list(
            Lane.objects.filter(fault=each.key).values_list("correlation_id", flat=True)
        )
        assert faults(each.key) == [each]


def test_a_note_is_kept_and_recorded_with_what_it_replaced(ear: Ear) -> None:
    fail(ear, at_one_place)
    (found,) = faults()
    for release in ("1.4", "1.5"):
        note_fault(
            found.key,
            owner="ada",
            fixed_in=release,
            note="the bank is away",
            actor="grace",
            reason="seen it",
        )
    noted = Fault.objects.get()
    assert (noted.owner, noted.fixed_in, noted.noted_by) == ("ada", "1.5", "grace")
    details = OperatorAct.objects.latest("pk").details
    assert (details["before"]["fixed_in"], details["after"]["fixed_in"]) == ("1.4", "1.5")


def test_an_error_in_a_library_is_placed_where_ours_called_it() -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads("no")
    place = Failure.of(caught.value).place
    assert place.endswith("in test_an_error_in_a_library_is_placed_where_ours_called_it")
    assert Failure.of(ValueError("never raised")).place == ""
