"""Figures: what was measured beside which baseline, for people and for machines."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Literal

from tests.benchmarks.machine import Machine


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure, a sample per round; what counts is the median.

    :ivar baseline: samples of the same rounds; empty when nothing comparable was run.
    :ivar bar: what is to be met.
    :ivar bar_on: whether the bar is on the ratio of ours to the baseline, or on ours itself.
    :ivar less_is_better: the bar is a ceiling, as with milliseconds; else it is a floor.
    """

    name: str
    unit: str
    ours: Sequence[float]
    baseline: Sequence[float] = field(default=())
    baseline_name: str | None = None
    bar: float | None = None
    bar_on: Literal["ratio", "ours"] = "ratio"
    less_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """Ours to the baseline; ``None`` where there is none, or it was too small to be seen."""
        beside = median(self.baseline) if self.baseline else 0
        return median(self.ours) / beside if beside else None

    @property
    def is_met(self) -> bool | None:
        """Whether the bar is met; ``None`` without one."""
        reached = self.ratio if self.bar_on == "ratio" else median(self.ours)
        if reached is None or self.bar is None:
            return None
        return reached <= self.bar if self.less_is_better else reached >= self.bar


def write_json(results: Mapping[str, Sequence[Figure]], machine: Machine, path: Path) -> None:
    """Write the machine, and one object per figure.

    What counts is the median; the lowest and the highest round stand beside it. ``null`` stands
    where there is no baseline or no bar.
    """
    rows = [_row(name, figure) for name, figures in results.items() for figure in figures]
    path.write_text(json.dumps({"machine": machine, "figures": rows}, indent=2) + "\n")


def _row(benchmark: str, figure: Figure) -> dict[str, Any]:
    return {
        "benchmark": benchmark,
        "name": figure.name,
        "unit": figure.unit,
        "ours": _rounded(median(figure.ours)),
        "ours_spread": _extremes(figure.ours),
        "baseline": _rounded(median(figure.baseline)) if figure.baseline else None,
        "baseline_spread": _extremes(figure.baseline) if figure.baseline else None,
        "baseline_name": figure.baseline_name,
        "rounds": len(figure.ours),
        "ratio": _rounded(figure.ratio),
        "bar": figure.bar,
        "bar_on": figure.bar_on if figure.bar is not None else None,
        "less_is_better": figure.less_is_better,
        "is_met": figure.is_met,
    }


def as_text(figures: Sequence[Figure]) -> str:
    """Return a line per figure: medians, with the lowest and highest round in brackets."""
    return "\n".join(_line(figure) for figure in figures)


def _line(figure: Figure) -> str:
    line = f"{figure.name}: {_spread(figure.ours)} {figure.unit}"
    if figure.ratio is not None:
        line += f"; {figure.baseline_name} {_spread(figure.baseline)}"
        line += f"; ratio {figure.ratio:.2f}"
    if figure.bar is not None:
        bound = "at most" if figure.less_is_better else "at least"
        unit = f" {figure.unit}" if figure.bar_on == "ours" else ""
        line += f", bar {bound} {figure.bar:g}{unit}: {'met' if figure.is_met else 'missed'}"
    return line


def _extremes(samples: Sequence[float]) -> list[float | None]:
    return [_rounded(min(samples)), _rounded(max(samples))]


def _spread(samples: Sequence[float]) -> str:
    low, middle, high = (_short(each) for each in (min(samples), median(samples), max(samples)))
    return middle if len(samples) == 1 else f"{middle} ({low} to {high})"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
