"""The core modules that can be mutated, and the tests that cover each."""

from collections.abc import Mapping
from typing import Final

_DECISIONS = (
    "tests/sagas/test_reactions.py",
    "tests/sagas/test_every_pair.py",
    "tests/sagas/test_tables.py",
    "tests/sagas/test_parallel.py",
)
_STOCK = ("tests/inventory",)

MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "orders/sagas/engine/answers.py": _DECISIONS,
    "orders/sagas/engine/reactions.py": _DECISIONS,
    "orders/sagas/engine/state.py": _DECISIONS,
    "orders/sagas/engine/engine.py": ("tests/journeys/test_deadlines.py", "tests/sagas"),
    "outbox/retry.py": (
        "tests/outbox/test_retry.py",
        "tests/outbox/test_delivery.py",
        "tests/outbox/test_faults.py",
    ),
    "outbox/delivery/claims.py": ("tests/outbox/test_claims.py", "tests/outbox/test_lanes.py"),
    "outbox/delivery/failing.py": ("tests/outbox/test_delivery.py", "tests/outbox/test_claims.py"),
    "outbox/delivery/lanes.py": ("tests/outbox/test_claims.py", "tests/outbox/test_lanes.py"),
    "outbox/delivery/turn.py": ("tests/outbox/test_delivery.py", "tests/outbox/test_lanes.py"),
    "payments/ledger.py": ("tests/payments/test_ledger.py", "tests/payments/test_calling.py"),
    "inventory/services/expiring.py": _STOCK,
    "inventory/services/holding.py": _STOCK,
    "inventory/services/releasing.py": _STOCK,
    "inventory/services/reserving.py": _STOCK,
    "config/http/idempotency.py": ("tests/api/test_idempotency.py",),
    "readmodels/projection.py": ("tests/readmodels/test_projection.py",),
}
