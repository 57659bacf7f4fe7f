"""Names that rows bear are kept, old payloads can be read, and the docs say what the code does."""

import pytest

from outbox.messages import Contract, decode, upcaster_of
from tests.contracts.files import (
    EXAMPLES,
    NAMES,
    PAGE,
    WRITE,
    example_of,
    names,
    page,
    versions,
)

VERSIONS = [pytest.param(*each, id=example_of(*each).stem) for each in versions()]


def test_no_name_was_taken_away() -> None:
    gone = set(NAMES.read_text().splitlines()) - set(names())
    assert not gone, (
        f"{sorted(gone)} stood in rows under this name: messages in the log could not be read any "
        "more, and deliveries to the subscriber would be owed for ever. Give the name back; or, "
        "where nothing bears it in any database, take its line out of tests/contracts/names.txt."
    )


def test_every_name_is_pinned() -> None:
    missing = set(names()) - set(NAMES.read_text().splitlines())
    assert not missing, f"{sorted(missing)} will stand in rows: {WRITE} writes them down"


@pytest.mark.parametrize(("contract", "version"), VERSIONS)
def test_every_version_has_an_example_that_can_still_be_read(
    contract: type[Contract], version: int
) -> None:
    example = example_of(contract, version)
    assert example.exists(), f"{example.name} is missing: {WRITE} makes up the one of today"
    assert type(decode(contract.__name__, version, example.read_text())) is contract


@pytest.mark.parametrize(("contract", "version"), VERSIONS)
def test_every_older_version_has_an_upcaster(contract: type[Contract], version: int) -> None:
    assert version == contract.version or (contract.__name__, version) in upcaster_of


def test_every_example_belongs_to_a_version() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {
        example_of(*each).name for each in versions()
    }


def test_the_page_of_messages_says_what_the_code_does() -> None:
    assert PAGE.read_text() == page(), f"docs/messages.md is behind the code: {WRITE} writes it"
