"""``manage.py messages compat``: a change of a contract that one side could not read is found."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from outbox.contracts.compatibility import breaks
from outbox.contracts.schemas import schema_of
from outbox.messages import Event, type_of, upcaster_of, upcasts


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Remove the contracts of a test."""
    kept, upcasters = dict(type_of), dict(upcaster_of)
    yield
    for now, before in ((type_of, kept), (upcaster_of, upcasters)):
        now.clear()
        now.update(before)  # type: ignore[arg-type]


def parcel(version: int = 1, **fields: Any) -> type[Event]:
    """Define the event ParcelSent with these fields: their types, or pairs of type and default."""
    kinds = {name: kind[0] if isinstance(kind, tuple) else kind for name, kind in fields.items()}
    defaults = {name: kind[1] for name, kind in fields.items() if isinstance(kind, tuple)}
    body = {"__module__": __name__, "__annotations__": kinds, "version": version, **defaults}
    define: Any = type(Event)
    contract: type[Event] = define("ParcelSent", (Event,), body, frozen=True)
    return contract


def broken_by(**fields: Any) -> list[str]:
    """Compare a release whose parcels have a carrier and a weight with one of other fields."""
    before = schema_of(parcel(carrier=str, weight=int))
    parcel(**fields)
    return list(breaks({"ParcelSent.v1": before}))


def test_what_this_code_exports_it_can_read(tmp_path: Path) -> None:
    catalogue, said = StringIO(), StringIO()
    call_command("export_schemas", stdout=catalogue)
    file = tmp_path / "messages.json"
    file.write_text(catalogue.getvalue())
    call_command("messages", "compat", file, stdout=said)
    count = len(json.loads(catalogue.getvalue()))
    assert said.getvalue() == f"{count} contracts can be read by both sides\n"


@pytest.mark.parametrize(
    "fields",
    [
        {"carrier": str, "weight": int},
        {"carrier": str, "weight": int, "tracking": (str, "")},
        {"carrier": str, "weight": (int, 0)},
    ],
    ids=["nothing", "a field with a default", "a default for a field"],
)
def test_a_change_that_both_sides_can_read_is_none(fields: dict[str, Any]) -> None:
    assert broken_by(**fields) == []


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"carrier": str, "weight": int, "tracking": str}, "tracking may be missing"),
        ({"carrier": str}, "weight may be missing"),
        ({"carrier": str, "grams": int}, "grams may be missing"),
        ({"carrier": str, "weight": str}, "weight may be integer, where string is read"),
        ({"carrier": str, "weight": int | None}, "weight may be null, where integer is read"),
    ],
    ids=["a field without default", "a field is gone", "another name", "another type", "nullable"],
)
def test_a_change_that_one_side_cannot_read_is_named(
    fields: dict[str, Any], complaint: str
) -> None:
    assert any(complaint in each for each in broken_by(**fields))


def test_a_new_version_needs_an_upcaster_from_the_old_one() -> None:
    fields = {"carrier": str, "grams": int, "version": 2}
    (complaint,) = broken_by(**fields)
    assert complaint.startswith("ParcelSent.v1: version 1 has no upcaster: write one in ")
    upcasts(type_of["ParcelSent"], version=1)(lambda payload: {**payload, "grams": 0})
    assert list(breaks({"ParcelSent.v1": {"$defs": {}}})) == []


def test_a_contract_that_is_gone_is_named() -> None:
    assert list(breaks({"LetterSent.v1": {"$defs": {}}})) == [
        "LetterSent is gone: rows of it could not be read; keep its class"
    ]


@pytest.mark.parametrize("text", ["", "[]", '{"OrderPlaced": {}}', "{'a': 1}"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(text)
    with pytest.raises(CommandError, match="cannot be compared") as refused:
        call_command("messages", "compat", file)
    assert refused.value.returncode == 2
