"""The sandbox's book, in SQLite: the records that a real provider would keep.

It survives our processes and our database; the audit compares our ledger with it.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEYS_ARE_KEPT_FOR = 24 * 3600
"""Seconds after which a key is forgotten: sent again, it makes a new operation, as at Stripe."""

FORGOTTEN = " (forgotten)"
"""Suffix of an entry's key once the key is forgotten."""

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

# A book from before these columns existed gets them without values.
_LATER_COLUMNS = {
    "asked": "INTEGER",
    "payment_method": "TEXT",
    "token": "TEXT",
    "saved_for": "TEXT",
    "rest_stays": "INTEGER",
}

REQUIRES_ACTION, PROCESSING = "requires_action", "processing"
"""Stand in place of a decline code while the customer or the bank has yet to settle an entry."""

# A known key changes only the count of its calls.
_ENTER = """
INSERT INTO entry (key, kind, order_id, amount, currency, charge, decline_code, made_at,
                   asked, payment_method, token, saved_for, rest_stays)
VALUES (:key, :kind, :order_id, :amount, :currency, :charge, :decline_code, :made_at,
        :asked, :payment_method, :token, :saved_for, :rest_stays)
ON CONFLICT (key) DO UPDATE SET calls = calls + 1
RETURNING kind, coalesce(asked, amount), currency, amount, decline_code, token, saved_for,
          calls, made_at
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
       coalesce(sum(r.amount) FILTER (WHERE r.kind = 'refund'), 0),
       count(*) FILTER (WHERE r.kind IN ('capture', 'void') AND coalesce(r.rest_stays, 0) = 0)
FROM entry e
LEFT JOIN entry r ON r.charge = e.key AND r.decline_code = '' AND r.key <> :key
WHERE e.key = :charge AND e.kind IN ('charge', 'authorize') AND e.decline_code = ''
GROUP BY e.key
"""

_LOOK_UP = """
SELECT decline_code, amount, currency, coalesce(token, ''), coalesce(saved_for, '') FROM entry
WHERE key IN (:key, :key || :forgotten)
"""

_WAITING = """
SELECT key, kind, order_id, amount, currency, payment_method, decline_code, token,
       coalesce(saved_for, '') FROM entry
WHERE decline_code IN ('requires_action', 'processing')
  AND (:token = '' OR token = :token) AND (:order_id = '' OR order_id = :order_id)
ORDER BY made_at
"""

_SETTLE = "UPDATE entry SET decline_code = :state, made_at = :now WHERE key = :key"

_MADE = """
SELECT kind, key, order_id, amount, currency, made_at, charge FROM entry
WHERE decline_code = '' AND made_at >= ? AND made_at < ? ORDER BY made_at
"""


@dataclass(frozen=True, slots=True)
class PaymentStanding:
    """The state of a charge or an authorization. Amounts are minor units."""

    order_id: str
    kind: str
    begun: int
    payment_method: str
    captured: int
    voided: int
    refunded: int
    endings: int

    def left_to(self, kind: str) -> int:
        """Return how much can still be captured, voided or refunded."""
        if self.kind == "charge":
            return self.begun - self.refunded if kind == "refund" else 0
        if kind == "refund":
            return self.captured - self.refunded
        return 0 if self.endings else self.begun - self.captured

    def is_first(self, kind: str) -> bool:
        """Tell whether there was no operation of this kind before."""
        return not {"capture": self.captured, "void": self.voided, "refund": self.refunded}[kind]


@dataclass(frozen=True, slots=True)
class BookLine:
    """An entry of the book after a call.

    :ivar calls: how often its key was sent.
    :ivar is_same: whether this call had the parameters of the first one with its key.
    """

    amount: int
    currency: str
    decline_code: str
    token: str
    saved_for: str
    calls: int
    is_same: bool


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """A charge or an authorization that the customer or the bank has yet to settle.

    :ivar state: ``REQUIRES_ACTION`` or ``PROCESSING``.
    :ivar saved_for: for whom the payment method is saved, if it is.
    :ivar token: names it at the bank; the customer alone knows it.
    """

    key: str
    kind: str
    order_id: str
    amount: int
    currency: str
    payment_method: str
    state: str
    token: str
    saved_for: str


class Book:
    """Entries by key. Callers must serialize their writes."""

    def __init__(self, path: Path) -> None:
        """Open the book; create it if it does not exist."""
        path.parent.mkdir(parents=True, exist_ok=True)
        # It names orders and cards; SQLite creates its other files with the same mode.
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
        """Read and write in one transaction."""
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
        kind, asked, currency, amount, decline_code, token, saved_for, calls, _ = row
        is_same = (kind, asked, currency) == (fields["kind"], fields["asked"], fields["currency"])
        return BookLine(
            amount, currency, decline_code, token or "", saved_for or "", calls, is_same
        )

    def lose(self, key: str) -> int:
        """Count a call that makes no entry; return the number of such calls with this key."""
        return int(self.connection.execute(_LOSE, [key]).fetchone()[0])

    def standing(self, charge: str, *, without: str) -> PaymentStanding | None:
        """Return the state of a charge or an authorization, without the entry of one key."""
        row = self.connection.execute(_STANDING, {"charge": charge, "key": without}).fetchone()
        return PaymentStanding(*row) if row else None

    def look_up(self, key: str) -> tuple[str, int, str, str, str] | None:
        """Return state, amount, currency, token, and for whom the method is saved.

        The key may be forgotten.
        """
        found = self.connection.execute(_LOOK_UP, {"key": key, "forgotten": FORGOTTEN}).fetchone()
        return (found[0], found[1], found[2], found[3], found[4]) if found else None

    def waiting(self, *, token: str = "", order_id: str = "") -> list[WaitingEntry]:
        """Return what is not settled yet: of this token, of this order, or all."""
        rows = self.connection.execute(_WAITING, {"token": token, "order_id": order_id})
        return [WaitingEntry(*row) for row in rows.fetchall()]

    def settle(self, key: str, state: str) -> None:
        """Change the state of an entry: a decline code, or empty once its amount is moved."""
        self.connection.execute(_SETTLE, {"key": key, "state": state, "now": time.time()})

    def made(self, since: float, until: float) -> list[tuple[str, str, str, int, str, float, str]]:
        """Return the entries of a period (seconds since 1970), oldest first."""
        return self.connection.execute(_MADE, [since, until]).fetchall()
