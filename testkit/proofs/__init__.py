"""What only a bug of the project's own code can break: the tests check it beside the audit."""

from config.audit.invariant import Check, Invariant
from config.audit.sagas import AT_FAULT, judged_by
from testkit.proofs.legal_path import fault_of

PROOFS = [
    Invariant(
        "G6",
        "legal paths",
        counted={},
        checks=[
            Check(
                "a saga went a path that its definition does not allow",
                AT_FAULT,
                judged_by(fault_of),
            )
        ],
    )
]
