"""The command under test, with deliveries made while it waits."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from config.demo.replay import settling
from testkit.book import empty_book
from testkit.delivering import settle


@dataclass
class Replay:
    """Runs commands from the shell's side, and reads the summary that they write."""

    folder: Path

    def __call__(self, path: Path, **options: str) -> dict[str, Any]:
        """Replay files and return the summary."""
        return self.command("replay_orders", path, **options)

    def command(self, name: str, *words: object, **options: str) -> dict[str, Any]:
        """Run a command that writes a summary, and return it."""
        file = self.folder / "summary.json"
        call_command(name, *map(str, words), json=file, **options)
        summary: dict[str, Any] = json.loads(file.read_text())
        return summary

    def refused(self, path: Path, **options: str) -> str:
        """Replay files that cannot be used; return the one line that says why."""
        with pytest.raises(CommandError) as caught:
            self(path, **options)
        assert caught.value.returncode == 2
        assert "\n" not in str(caught.value)
        return str(caught.value)


@pytest.fixture
def replay(
    transactional_db: None,  # noqa: ARG001 - the tables, with real commits
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Replay:
    """Yield the command, with deliveries that run exactly while it waits."""
    empty_book()
    monkeypatch.setattr(settling, "pause", settle)
    return Replay(tmp_path)
