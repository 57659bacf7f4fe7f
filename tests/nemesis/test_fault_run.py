"""``bin/faults``, short: every kind of fault at least once, and a planted bug that it catches."""

import json
import subprocess
from pathlib import Path
from typing import Any

from config.environment.paths import ROOT
from tests.nemesis.nemesis import FAULTS
from tests.nemesis.site import environment

MOST = 200
SEED = "1"


def faults(*words: str, into: Path) -> tuple[int, dict[str, Any]]:
    """Run it; return its status and its report."""
    target = into / "report.json"
    done = subprocess.run(
        [ROOT / "bin" / "faults", "--seed", SEED, "--json", target, *words],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
        timeout=900,
    )
    assert target.exists(), done.stderr[-3000:]
    return done.returncode, json.loads(target.read_text())


def test_overlapping_faults_of_every_kind_lose_and_double_nothing(tmp_path: Path) -> None:
    """Some two hundred of them; fewer where a minute is too short for so many."""
    words = (f"--faults={MOST}", "--minutes=0.8", "--per-second=5")
    status, report = faults(*words, into=tmp_path)
    assert report["wrong"] == []
    assert status == 0
    assert report["faults"].keys() == FAULTS.keys() - {*report["impossible"]}
    assert report["most_at_once"] > 1
    assert report["compared"]["orders"] > 0


def test_a_planted_bug_is_caught_by_the_gateways_book(tmp_path: Path) -> None:
    words = ("--faults=5", "--minutes=0.1", "--plant=silence-is-a-decline")
    status, report = faults(*words, into=tmp_path)
    assert status == 1
    assert any("the gateway keeps" in each for each in report["wrong"])


def test_a_wrong_option_is_refused_before_anything_starts() -> None:
    done = subprocess.run(
        [ROOT / "bin" / "faults", "--flows", "by_pigeon"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no such flow: by_pigeon" in done.stderr
