"""What must hold once everything is settled, as functions that raise ``AssertionError``."""

from django.db import connection

from config.audit.findings import as_lines, audit, broken
from config.audit.invariant import Run
from orders.sagas.operators.redeciding import replay
from outbox.contracts.message_map import may_cause
from outbox.messages import type_of
from testkit.proofs import PROOFS
from testkit.proofs.equality import unequal

_CAUSES = """
SELECT DISTINCT cause.type, effect.type, effect.flow
FROM outbox_message effect LEFT JOIN outbox_message cause ON cause.id = effect.causation_id
WHERE cause.id IS NOT NULL OR effect.causation_id IS NULL
"""


def assert_audited() -> None:
    """Audit the database, and the gateway's book as this database's own."""
    findings = audit(Run(own_book=True), PROOFS)
    assert broken(findings) == [], "\n".join(as_lines(findings))


def assert_clean() -> None:
    """Audit, and compare what was published and what read models say with all that they should."""
    assert_audited()
    assert undeclared() == []
    assert unequal() == []
    found = replay().differences
    assert not found, found


def undeclared() -> list[str]:
    """List what was published without ``publishes=`` where it was wired, as cause and effect."""
    with connection.cursor() as cursor:
        cursor.execute(_CAUSES)
        pairs = cursor.fetchall()
    return [
        f"{cause or 'nothing'} -> {effect} in {flow}: declare it with publishes="
        for cause, effect, flow in pairs
        if not may_cause(type_of[cause] if cause else None, type_of[effect], flow)
    ]
