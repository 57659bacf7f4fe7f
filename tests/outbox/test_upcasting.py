"""Current code reads messages of older versions (M10)."""

import json
from typing import Any

import pytest

from outbox.checks import old_versions_can_be_read
from outbox.messages import UnknownMessage, decode, upcaster_of, upcasts
from outbox.models import Message
from tests.outbox.conftest import Ear, Listen, deliver, ring
from tests.outbox.contracts import Moved, Rang

BY_VERSION = [
    (1, {"street": "Baker Street 221"}, Moved(city="London", street="Baker Street", number=221)),
    (
        2,
        {"street": "Rue Morgue 1", "city": "Paris"},
        Moved(city="Paris", street="Rue Morgue", number=1),
    ),
    (
        3,
        {"street": "Via Appia", "city": "Rome", "number": 9, "floor": 2},
        Moved(city="Rome", street="Via Appia", number=9, floor=2),
    ),
]


@pytest.mark.parametrize(("version", "payload", "message"), BY_VERSION)
def test_every_version_is_read_as_the_one_of_today(
    version: int, payload: dict[str, Any], message: Moved
) -> None:
    assert decode("Moved", version, json.dumps(payload)) == message


def test_a_subscriber_never_sees_an_old_version(listen: Listen, ear: Ear) -> None:
    heard = []
    listen().subscribe_to(Moved)
    ear.act = lambda envelope: heard.append(envelope.message)
    ring()
    Message.objects.update(type="Moved", version=1, payload=BY_VERSION[0][1])
    deliver()
    assert heard == [BY_VERSION[0][2]]


def test_a_field_with_a_default_needs_no_new_version_in_either_direction() -> None:
    assert decode("Rang", 1, "{}") == Rang(number=0)
    assert decode("Rang", 1, '{"number": 3, "of_tomorrow": true}') == Rang(number=3)


def test_a_version_of_tomorrow_asks_for_the_code_of_tomorrow() -> None:
    with pytest.raises(UnknownMessage, match=r"Moved is at version 3 here, .* version 4: deploy"):
        decode("Moved", 4, "{}")


def test_an_old_version_without_an_upcaster_says_where_to_write_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(upcaster_of, ("Moved", 2))
    with pytest.raises(UnknownMessage, match=r"version 2 has no upcaster: write one in tests/upc"):
        decode("Moved", 1, json.dumps(BY_VERSION[0][1]))


def test_the_system_check_asks_for_a_missing_upcaster(monkeypatch: pytest.MonkeyPatch) -> None:
    assert old_versions_can_be_read() == []
    monkeypatch.delitem(upcaster_of, ("Moved", 1))
    (error,) = old_versions_can_be_read()
    assert error.msg == "Moved is at version 3, and version 1 has no upcaster."


def test_a_payload_that_its_upcaster_does_not_expect_spoils_no_other_message() -> None:
    with pytest.raises(UnknownMessage, match="version 2 of Moved cannot be upcast: KeyError"):
        decode("Moved", 2, "{}")


@pytest.mark.parametrize("version", [0, 3, 4])
def test_only_an_older_version_is_upcast(version: int) -> None:
    with pytest.raises(ValueError, match=f"version {version} is not older"):
        upcasts(Moved, version=version)


def test_a_version_is_upcast_in_one_way() -> None:
    with pytest.raises(ValueError, match="version 1 of Moved has an upcaster already"):
        upcasts(Moved, version=1)
