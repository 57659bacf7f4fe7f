"""Figures: what was measured beside which baseline, for people and for machines."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure, a sample per round; what counts is the median.

    :ivar baseline: samples of the same rounds; empty when nothing comparable was run.
    :ivar bar: the ratio of ours to the baseline that is to be met.
    :ivar less_is_better: the bar is a ceiling, as with milliseconds; else it is a floor.
    """

    name: str
    unit: str
    ours: Sequence[float]
    baseline: Sequence[float] = field(default=())
    baseline_name: str | None = None
    bar: float | None = None
    less_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        return median(self.ours) / median(self.baseline) if self.baseline else None

    def verdict(self) -> str:
        """Say whether the bar is met; empty without one."""
        if self.ratio is None or self.bar is None:
            return ""
        met = self.ratio <= self.bar if self.less_is_better else self.ratio >= self.bar
        return "met" if met else "missed"


def write_json(figures: Sequence[Figure], path: Path) -> None:
    """Write one object per figure; medians, and ``null`` where there is no baseline or bar."""
    rows = [
        {
            "name": figure.name,
            "unit": figure.unit,
            "ours": _rounded(median(figure.ours)),
            "baseline": _rounded(median(figure.baseline)) if figure.baseline else None,
            "baseline_name": figure.baseline_name,
            "ratio": _rounded(figure.ratio),
            "bar": figure.bar,
        }
        for figure in figures
    ]
    path.write_text(json.dumps(rows, indent=2) + "\n")


def as_text(figures: Sequence[Figure]) -> str:
    """Return a line per figure: medians, with the lowest and highest round in brackets."""
    lines = []
    for figure in figures:
        line = f"{figure.name}: {_spread(figure.ours)} {figure.unit}"
        if figure.ratio is not None:
            line += f"; {figure.baseline_name} {_spread(figure.baseline)}"
            line += f"; ratio {figure.ratio:.2f}"
        if figure.bar is not None:
            bound = "at most" if figure.less_is_better else "at least"
            line += f", bar {bound} {figure.bar:g}: {figure.verdict()}"
        lines.append(line)
    return "\n".join(lines)


def _spread(samples: Sequence[float]) -> str:
    low, middle, high = (_short(each) for each in (min(samples), median(samples), max(samples)))
    return middle if len(samples) == 1 else f"{middle} ({low} to {high})"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
