"""docs/asyncapi.yaml says what webhook endpoints can receive, and is a valid AsyncAPI document."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.core.management import call_command

from outbox.webhooks.endpoints import events_to_choose
from tests.api.test_typescript import run, tools
from tests.contracts.files import ASYNC_API, EXAMPLES, WRITE

__all__ = ["tools"]

RULES = 'extends: ["spectral:asyncapi"]'


def resolved(document: dict[str, Any], part: Any) -> Any:
    """Return a part of the document with what it refers to in place."""
    if isinstance(part, dict) and "$ref" in part:
        found: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return resolved(document, found)
    if isinstance(part, dict):
        return {key: resolved(document, value) for key, value in part.items()}
    if isinstance(part, list):
        return [resolved(document, each) for each in part]
    return part


def test_the_document_says_what_the_code_does(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_asyncapi")
    assert capsys.readouterr().out == ASYNC_API.read_text(), f"{WRITE} writes it"


def test_every_event_that_can_be_chosen_is_in_it_and_its_example_is_valid() -> None:
    document = yaml.safe_load(ASYNC_API.read_text())
    messages = document["components"]["messages"]
    assert sorted(messages) == events_to_choose()
    for name, message in resolved(document, messages).items():
        (*_, newest) = sorted(EXAMPLES.glob(f"{name}.v*.json"))
        sent = {
            "type": name,
            "timestamp": "2026-11-22T12:00:00Z",
            "data": json.loads(newest.read_text()),
        }
        jsonschema.Draft7Validator(message["payload"]).validate(sent)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft7Validator(message["payload"]).validate({**sent, "type": "ping"})


def test_spectral_takes_the_document_for_asyncapi(tools: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    words = ("lint", "--fail-severity=error", "--ruleset", tmp_path / "rules.yaml", ASYNC_API)
    answer = run(tools / "spectral", *words, folder=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_spectral_finds_what_is_no_asyncapi(tools: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(ASYNC_API.read_text().replace("action: send", "action: shout"))
    words = ("lint", "--fail-severity=error", "--ruleset", tmp_path / "rules.yaml", wrong)
    assert run(tools / "spectral", *words, folder=tmp_path).returncode == 1
