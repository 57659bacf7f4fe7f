"""Judge the database after a fault run, inside the application: ``manage.py shell`` calls this."""

import json
import sys

from config.audit.findings import as_lines, audit
from config.audit.invariant import Run
from testkit.proofs import PROOFS
from testkit.proofs.equality import unequal


def judge() -> None:
    """Print as JSON what the audit and the comparison of read models find."""
    findings = audit(Run(own_book=True), PROOFS)
    wrong = [line for each in findings if each.violations for line in as_lines([each])]
    json.dump([*wrong, *(str(each) for each in unequal())], sys.stdout)
