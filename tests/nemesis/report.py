"""A fault run as text and as JSON."""

import json
from dataclasses import asdict
from pathlib import Path

from tests.nemesis.run import Report

MOST_SHOWN = 20


def as_text(report: Report) -> str:
    """Say what was done, what was compared, what it bounds, and what is wrong."""
    kinds = [f"  {times:6}  {name}" for name, times in report.faults.items()]
    compared = [f"  {n:6}  {what}" for what, n in report.compared.items()]
    answers = ", ".join(f"{n} x {status}" for status, n in report.answers.items())
    lines = [
        _headline(report),
        *kinds,
        *(f"       -  {name}: not on this machine" for name in report.impossible),
        "Compared with what the database says:",
        *compared,
        f"Answers: {answers}.",
    ]
    if report.wrong:
        more = len(report.wrong) - MOST_SHOWN
        lines += [
            f"WRONG ({len(report.wrong)}):",
            *(f"  {each}" for each in report.wrong[:MOST_SHOWN]),
        ]
        lines += [f"  and {more} more"] if more > 0 else []
    else:
        lines.append(
            f"Nothing was lost, doubled or stuck. {report.count} faults without one bound the"
            f" rate below {3 / max(report.count, 1):.2g} per fault, at 95 %."
        )
    return "\n".join(lines)


def _headline(report: Report) -> str:
    return (
        f"Seed {report.seed}: {report.count} faults of {len(report.faults)} kinds in"
        f" {report.seconds:.0f} s, up to {report.most_at_once} at once;"
        f" settled {report.settled_after:.1f} s after the last."
    )


def write_json(report: Report, target: Path) -> None:
    target.write_text(f"{json.dumps(asdict(report), indent=2)}\n")
