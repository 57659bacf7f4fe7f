"""Without a terminal, a long replay says from time to time how far it is."""

import pytest

from config.demo.replay import progress
from config.demo.replay.progress import watched, watching


def test_lines_without_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    with watching(2000, "Orders ended") as shown:
        shown(1200)
        shown(2000)
    assert capsys.readouterr().err == "Orders ended: 1,200 of 2,000\n"


def test_items_are_counted_as_they_are_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    assert list(watched("ABC", "Opening stock")) == ["A", "B", "C"]
    assert capsys.readouterr().err == "Opening stock: 1 of 3\nOpening stock: 2 of 3\n"


def test_no_two_lines_soon_after_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with watching(2000, "Orders ended") as shown:
        for done in range(2000):
            shown(done)
    assert capsys.readouterr().err == ""
