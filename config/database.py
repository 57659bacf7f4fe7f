"""Django's settings of PostgreSQL, connected directly or through a connection pooler.

A pooler in transaction mode (PgBouncer's ``pool_mode = transaction``) gives each transaction
whichever server connection is free, so that nothing may outlive a transaction: no session setting,
no prepared statement, no cursor ``WITH HOLD``.
"""

from collections.abc import Mapping
from typing import Any

DIRECT, TRANSACTION = "none", "transaction"
POOLINGS = (DIRECT, TRANSACTION)

RUNS_BEFORE_PREPARING = 5
"""psycopg's own default; Django turns prepared statements off because of poolers."""

LOCK_SECONDS = 5
IDLE_SECONDS = 5
"""On top of the longest statement: see :func:`idle_timeout`."""

SECONDS_TO_ANSWER = 2
"""Added to the longest statement: after that the client gives up on a server that hangs."""

# A server that vanishes without closing is noticed within half a minute, by reads and by writes.
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

    The server binds values in both cases, so that a statement means the same behind a pooler.

    :param address: the settings that ``DATABASE_URL`` gives.
    :param statement_timeout: seconds; behind a pooler the role has to set it (see ``checks.py``).
    :param prepare: prepare frequent statements, so that the server keeps their plans.
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
    """Return the timeouts that every session needs, in seconds.

    Without them a stuck transaction would keep its locks and hold up every worker.
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
