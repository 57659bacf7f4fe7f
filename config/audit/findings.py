"""Run the audit on one snapshot, and print what it found."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from config.audit.catalogue import INVARIANTS
from config.audit.invariant import Invariant, Run, Violation
from config.audit.other_database import copy_read_models


@dataclass(frozen=True, slots=True)
class Finding:
    """What was counted for an invariant, and how it is broken."""

    invariant: Invariant
    counted: dict[str, int]
    violations: list[Violation]


def audit(run: Run, beside: Sequence[Invariant] = ()) -> list[Finding]:
    """Check every invariant, and those given beside them, on one snapshot of the database."""
    with _snapshot():
        return [
            Finding(
                invariant,
                {what: count(run) for what, count in invariant.counted.items()},
                [found for check in invariant.checks if (found := check.violation(run))],
            )
            for invariant in (*INVARIANTS, *beside)
        ]


@contextmanager
def _snapshot() -> Iterator[None]:
    """Run all queries on one snapshot, so that orders in progress are no violations."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT 1")  # the first query takes the snapshot
            copy_read_models()
            cursor.execute("SET TRANSACTION READ ONLY")
        yield


def broken(findings: list[Finding]) -> list[str]:
    """Return the names of the invariants that do not hold."""
    return [finding.invariant.name for finding in findings if finding.violations]


def as_lines(findings: list[Finding]) -> Iterator[str]:
    """Yield a line per invariant, followed by the rows that break it."""
    for finding in findings:
        counted = ", ".join(f"{number:,} {what}" for what, number in finding.counted.items())
        result = "BROKEN" if finding.violations else "ok"
        yield f"{finding.invariant.name} {finding.invariant.title}: {counted}: {result}"
        for violation in finding.violations:
            yield f"   {violation.what}: {violation.total:,}"
            for row in violation.rows:
                yield "      " + ", ".join(f"{name}={value}" for name, value in row.items())
            if violation.total > len(violation.rows):
                yield f"      and {violation.total - len(violation.rows):,} more"


def as_data(findings: list[Finding]) -> dict[str, Any]:
    """Return the same as data; ``audit`` is ``clean`` or the names of the broken invariants."""
    return {
        "audit": broken(findings) or "clean",
        "invariants": [
            {
                "name": finding.invariant.name,
                "title": finding.invariant.title,
                "counted": finding.counted,
                "violations": [
                    {"what": each.what, "total": each.total, "rows": each.rows}
                    for each in finding.violations
                ],
            }
            for finding in findings
        ],
    }
