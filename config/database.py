"""How Django talks to PostgreSQL: straight, or through a pooler that lends a connection at a time.

A pooler in transaction mode (PgBouncer's ``pool_mode = transaction``) gives each transaction
whichever server connection is free, so that nothing may outlive a transaction: no session setting,
no prepared statement, no cursor ``WITH HOLD``.
"""

from collections.abc import Mapping
from typing import Any

DIRECT, TRANSACTION = "none", "transaction"
POOLINGS = (DIRECT, TRANSACTION)

RUNS_BEFORE_PREPARING = 5
"""psycopg's own default; Django turns it off, for the sake of poolers."""

LOCK_SECONDS = 5
IDLE_SECONDS = 5
"""On top of the longest statement: see :func:`idle_timeout`."""

SECONDS_TO_ANSWER = 2
"""What a server may take on top of the longest statement; one that hangs ends none by itself."""

# A server that vanishes without a word is noticed within half a minute, by reads and by writes.
_LIVELINESS = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}


def database(
    address: Mapping[str, Any], *, statement_timeout: int, pooling: str, prepare: bool
) -> dict[str, Any]:
    """Return Django's settings of a database.

    Values are bound by the server either way, so that a statement means the same behind a pooler.

    :param address: what the URL says.
    :param statement_timeout: seconds; behind a pooler the role has to set it (see ``checks.py``).
    :param prepare: let the server keep the plan of statements that come again and again.
    """
    straight = pooling == DIRECT
    options: dict[str, Any] = {
        **_LIVELINESS,
        "server_side_binding": True,
        "patience": statement_timeout + SECONDS_TO_ANSWER,
        "prepare_threshold": RUNS_BEFORE_PREPARING if prepare and straight else None,
        **address.get("OPTIONS", {}),
    }
    if straight:
        options["options"] = _session_settings(statement_timeout)
    return {
        **address,
        "ENGINE": "config.postgresql",
        "OPTIONS": options,
        "DISABLE_SERVER_SIDE_CURSORS": not straight,
    }


def timeouts(statement_timeout: int) -> dict[str, int]:
    """Return the settings that no session may be without, in seconds.

    No transaction may hold its locks for long: a stuck one would hold up every worker.
    """
    return {
        "lock_timeout": LOCK_SECONDS,
        "statement_timeout": statement_timeout,
        "idle_in_transaction_session_timeout": idle_timeout(statement_timeout),
    }


def idle_timeout(statement_timeout: int) -> int:
    """Return the seconds after which the server ends an open transaction that does nothing.

    A transaction may wait that long for a statement in the other database, if there are two.
    """
    return statement_timeout + IDLE_SECONDS


def _session_settings(statement_timeout: int) -> str:
    settings = timeouts(statement_timeout).items()
    return " ".join(f"-c {name}={seconds}s" for name, seconds in settings)
