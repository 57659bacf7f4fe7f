"""``bin/bench --quick`` runs every benchmark small: for breakage, not for speed."""

import json
import subprocess
from pathlib import Path

from config.environment.paths import ROOT
from tests.benchmarks.__main__ import BENCHMARKS
from tests.benchmarks.curves import Curve, Point
from tests.benchmarks.report import Figure

SECONDS = 1800
"""Three minutes on a machine of its own; the suite shares one."""


def test_every_benchmark_works_and_says_on_which_machine_by_which_bars(tmp_path: Path) -> None:
    target = tmp_path / "figures.json"
    done = subprocess.run(
        [ROOT / "bin" / "bench", "--quick", "--json", target],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    written = json.loads(target.read_text())
    assert {figure["benchmark"] for figure in written["figures"]} == set(BENCHMARKS)
    assert all(written["machine"].values())
    log = next(each for each in written["figures"] if each["name"] == "PostgreSQL's log per order")
    assert (log["bar"], log["bar_on"], log["unit"]) == (20, "ours", "kB")
    low, high = log["ours_spread"]
    assert low <= log["ours"] <= high


def test_a_bar_is_on_the_ratio_or_on_ours_itself() -> None:
    def figure(ours: float, **bar: object) -> Figure:
        kept = {"baseline": [4.0], "bar": 2, "less_is_better": True, **bar}
        return Figure(name="log", unit="kB", ours=[ours], **kept)  # type: ignore[arg-type]

    assert figure(8).is_met
    assert not figure(9).is_met
    assert not figure(8, bar_on="ours").is_met
    assert figure(2, bar_on="ours", baseline=()).is_met
    assert figure(8, bar=None).is_met is None
    assert figure(8, baseline=()).is_met is None


def test_a_cost_that_falls_and_grows_again_is_not_flat() -> None:
    curve = Curve("lines per order", "line", [Point(1, 5, 5, 1), Point(10, 1, 1, 1)])
    assert "processor time falls" in curve.table()
    curve.points.append(Point(100, 2, 2, 1))
    assert "processor time grows (2.00 times), time is flat" in curve.table()
    *_, judged = (figure for figure in curve.figures() if figure.bar)
    assert not judged.is_met
