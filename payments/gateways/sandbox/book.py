"""The sandbox's book: what a provider's memory would be, in SQLite.

It outlives our processes and our database, and the audit asks it what was really charged.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEYS_ARE_KEPT_FOR = 24 * 3600
"""Seconds after which a key is forgotten: sent once more, it is a new one. Stripe does the same."""

FORGOTTEN = " (forgotten)"
"""What the key of an entry ends with once the key itself is forgotten."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    key TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    order_id TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    charge TEXT NOT NULL,
    decline_code TEXT NOT NULL,
    calls INTEGER NOT NULL DEFAULT 1,
    made_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entry_charge ON entry (charge);
CREATE TABLE IF NOT EXISTS lost (key TEXT PRIMARY KEY, calls INTEGER NOT NULL) WITHOUT ROWID;
"""

# Books that were begun before these columns existed get them without values.
_LATER_COLUMNS = {"asked": "INTEGER", "payment_method": "TEXT"}

# A key that is known changes nothing but the count of its calls.
_ENTER = """
INSERT INTO entry (key, kind, order_id, amount, currency, charge, decline_code, made_at,
                   asked, payment_method)
VALUES (:key, :kind, :order_id, :amount, :currency, :charge, :decline_code, :made_at,
        :asked, :payment_method)
ON CONFLICT (key) DO UPDATE SET calls = calls + 1
RETURNING kind, coalesce(asked, amount), currency, amount, decline_code, calls, made_at
"""

_FORGET = "UPDATE entry SET key = key || ? WHERE key = ?"

_LOSE = """
INSERT INTO lost (key, calls) VALUES (?, 1)
ON CONFLICT (key) DO UPDATE SET calls = calls + 1 RETURNING calls
"""

# What can still be captured, voided or refunded of a charge or an authorization; an entry of the
# key itself does not count, so that it gets its first answer again.
_STANDING = """
SELECT e.order_id, e.kind, e.amount, coalesce(e.payment_method, ''),
       coalesce(sum(r.amount) FILTER (WHERE r.kind = 'capture'), 0),
       coalesce(sum(r.amount) FILTER (WHERE r.kind = 'void'), 0),
       coalesce(sum(r.amount) FILTER (WHERE r.kind = 'refund'), 0)
FROM entry e
LEFT JOIN entry r ON r.charge = e.key AND r.decline_code = '' AND r.key <> :key
WHERE e.key = :charge AND e.kind IN ('charge', 'authorize') AND e.decline_code = ''
GROUP BY e.key
"""

_LOOK_UP = (
    "SELECT decline_code, amount, currency FROM entry WHERE key IN (:key, :key || :forgotten)"
)

_MADE = """
SELECT kind, key, order_id, amount, currency, made_at, charge FROM entry
WHERE decline_code = '' AND made_at >= ? AND made_at < ? ORDER BY made_at
"""


@dataclass(frozen=True, slots=True)
class PaymentStanding:
    """A charge or an authorization, and what has become of it. Amounts are minor units."""

    order_id: str
    kind: str
    begun: int
    payment_method: str
    captured: int
    voided: int
    refunded: int

    def left_to(self, kind: str) -> int:
        """Say how much can still be captured, voided or refunded."""
        if self.kind == "charge":
            return self.begun - self.refunded if kind == "refund" else 0
        if kind == "refund":
            return self.captured - self.refunded
        return 0 if self.captured or self.voided else self.begun

    def is_first(self, kind: str) -> bool:
        """Tell whether there was no operation of this kind before."""
        return not {"capture": self.captured, "void": self.voided, "refund": self.refunded}[kind]


@dataclass(frozen=True, slots=True)
class BookLine:
    """An entry as the book has it after a call.

    :ivar calls: how often its key was sent.
    :ivar is_same: whether this call asked for what the first one with its key had asked for.
    """

    amount: int
    currency: str
    decline_code: str
    calls: int
    is_same: bool


class Book:
    """Entries by key. One writer at a time: callers hold a lock of their own."""

    def __init__(self, path: Path) -> None:
        """Open the book, or begin one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        # It names orders and cards; what SQLite puts beside it is as open as this.
        path.touch(mode=0o600)
        self.connection = sqlite3.connect(
            path, timeout=10, isolation_level=None, check_same_thread=False
        )
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.executescript(_SCHEMA)
        with self.writing():
            self._add_later_columns()

    def _add_later_columns(self) -> None:
        known = {row[1] for row in self.connection.execute("PRAGMA table_info(entry)")}
        for column, kind in _LATER_COLUMNS.items():
            if column not in known:
                self.connection.execute(f"ALTER TABLE entry ADD COLUMN {column} {kind}")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Read and write as one."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            self.connection.execute("COMMIT")

    def enter(self, **fields: Any) -> BookLine:
        """Add an entry, or count one more call of its key."""
        fields |= {"made_at": time.time()}
        row = self.connection.execute(_ENTER, fields).fetchone()
        if row[-1] < fields["made_at"] - KEYS_ARE_KEPT_FOR:
            self.connection.execute(_FORGET, [FORGOTTEN, fields["key"]])
            row = self.connection.execute(_ENTER, fields).fetchone()
        kind, asked, currency, amount, decline_code, calls, _ = row
        is_same = (kind, asked, currency) == (fields["kind"], fields["asked"], fields["currency"])
        return BookLine(amount, currency, decline_code, calls, is_same)

    def lose(self, key: str) -> int:
        """Count a call that leaves no entry; return how many there were."""
        return int(self.connection.execute(_LOSE, [key]).fetchone()[0])

    def standing(self, charge: str, *, without: str) -> PaymentStanding | None:
        """Say how a charge or an authorization stands, but for the entry of one key."""
        row = self.connection.execute(_STANDING, {"charge": charge, "key": without}).fetchone()
        return PaymentStanding(*row) if row else None

    def look_up(self, key: str) -> tuple[str, int, str] | None:
        """Return decline code, amount and currency of an entry, be its key forgotten or not."""
        found = self.connection.execute(_LOOK_UP, {"key": key, "forgotten": FORGOTTEN}).fetchone()
        return (found[0], found[1], found[2]) if found else None

    def made(self, since: float, until: float) -> list[tuple[str, str, str, int, str, float, str]]:
        """Return what was done in a period, in seconds since 1970, the oldest first."""
        return self.connection.execute(_MADE, [since, until]).fetchall()
