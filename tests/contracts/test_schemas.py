"""JSON Schemas say of a payload what the code says of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from jsonschema import Draft202012Validator

from orders.events import OrderPlaced
from outbox.contracts.message_map import known_contracts
from outbox.contracts.schemas import schema_of
from outbox.messages import Contract
from tests.contracts.files import example_of

CONTRACTS = [pytest.param(each, id=each.__name__) for each in known_contracts()]


def accepts(contract: type[Contract], payload: Any) -> bool:
    validator = Draft202012Validator(
        schema_of(contract), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return bool(validator.is_valid(payload))


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_schema_is_one_and_accepts_the_example_of_its_contract(contract: type[Contract]) -> None:
    Draft202012Validator.check_schema(schema_of(contract))
    assert accepts(contract, json.loads(example_of(contract, contract.version).read_text()))


@pytest.mark.parametrize(
    "change",
    [{"amount": "3"}, {"order_id": "the first"}, {"lines": [{"sku": "MUG"}]}, {"placed_at": None}],
)
def test_a_schema_refuses_what_the_code_refuses(change: dict[str, Any]) -> None:
    example = json.loads(example_of(OrderPlaced, OrderPlaced.version).read_text())
    assert not accepts(OrderPlaced, {**example, **change})


def test_a_time_is_one_by_its_format() -> None:
    placed = schema_of(OrderPlaced)["$defs"]["OrderPlaced"]["properties"]["placed_at"]
    assert placed == {"type": "string", "format": "date-time"}


def test_a_command_writes_a_file_for_each_message(tmp_path: Path) -> None:
    call_command("export_schemas", folder=tmp_path, base="https://shop.example/schemas/")
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {f"{each.__name__}.v{each.version}.json" for each in known_contracts()}
    schema = json.loads((tmp_path / "OrderPlaced.v1.json").read_text())
    assert schema["$id"] == "https://shop.example/schemas/OrderPlaced.v1.json"


def test_a_command_prints_all_schemas(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_schemas")
    written = json.loads(json.dumps(schema_of(OrderPlaced)))
    assert json.loads(capsys.readouterr().out)["OrderPlaced.v1"] == written


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere is no folder") as caught:
        call_command("export_schemas", folder=tmp_path / "nowhere")
    assert caught.value.returncode == 2
