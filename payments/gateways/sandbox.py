"""The sandbox gateway: an outside party with a book of its own, for development and tests.

Its SQLite book is what a provider's memory would be: it outlives our processes and our database,
and the audit asks it what was really charged. Payment methods bear the names that Stripe gives
its test payment methods (docs.stripe.com/testing), so that the same ones serve there.
"""

import sqlite3
import threading
import time
from pathlib import Path

from django.conf import settings

from payments.gateways.port import Declined, Result, Succeeded, Unknown

DECLINES = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedLostCard": "lost_card",
    "pm_card_chargeDeclinedStolenCard": "stolen_card",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
    "pm_card_chargeDeclinedIncorrectCvc": "incorrect_cvc",
    "pm_card_chargeDeclinedProcessingError": "processing_error",
    "pm_card_chargeDeclinedFraudulent": "fraudulent",
}
SUCCESSES = frozenset({"pm_card_visa", "pm_card_mastercard", "pm_card_amex"})
DELAYS = {"pm_sandbox_slow": 0.2, "pm_sandbox_very_slow": 2.0}
"""Seconds until the answer, which is a success."""
SILENCES = {"pm_sandbox_silent_once": 1, "pm_sandbox_silent_thrice": 3}
"""How many calls with one key get no answer, although the first of them did charge."""

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
"""

# A key that is known changes nothing but the count of its calls.
_ENTER = """
INSERT INTO entry (key, kind, order_id, amount, currency, charge, decline_code, made_at)
VALUES (:key, :kind, :order_id, :amount, :currency, :charge, :decline_code, :made_at)
ON CONFLICT (key) DO UPDATE SET calls = calls + 1
RETURNING kind, amount, currency, decline_code, calls
"""

# What can still be captured, voided or refunded of a charge or an authorization; an entry of the
# key itself does not count, so that it gets its first answer again.
_LEFT = """
SELECT e.order_id, e.kind, e.amount,
       coalesce(sum(r.amount) FILTER (WHERE r.kind = 'capture'), 0),
       coalesce(sum(r.amount) FILTER (WHERE r.kind = 'void'), 0),
       coalesce(sum(r.amount) FILTER (WHERE r.kind = 'refund'), 0)
FROM entry e
LEFT JOIN entry r ON r.charge = e.key AND r.decline_code = '' AND r.key <> :key
WHERE e.key = :charge AND e.kind IN ('charge', 'authorize') AND e.decline_code = ''
GROUP BY e.key
"""

_FIND = "SELECT decline_code FROM entry WHERE key = ?"


class SandboxGateway:
    """Keeps its book in SQLite; answers as the payment method's name says."""

    def __init__(self, book: Path, delay: float) -> None:
        """Open the book, or begin one.

        :param delay: seconds that every call takes.
        """
        self.delay = delay
        # SQLite has one writer at a time: threads that wait here do not spin on its lock.
        self.writing = threading.Lock()
        book.parent.mkdir(parents=True, exist_ok=True)
        self.book = sqlite3.connect(book, timeout=10, isolation_level=None, check_same_thread=False)
        self.book.execute("PRAGMA journal_mode = WAL")
        self.book.execute("PRAGMA synchronous = NORMAL")
        self.book.executescript(_SCHEMA)

    def charge(
        self, *, key: str, amount: int, currency: str, payment_method: str, order_id: str
    ) -> Result:
        """Take the money, or decline, as the payment method says."""
        return self._begin("charge", key, order_id, amount, currency, payment_method)

    def authorize(
        self, *, key: str, amount: int, currency: str, payment_method: str, order_id: str
    ) -> Result:
        """Set the money aside, or decline, as the payment method says."""
        return self._begin("authorize", key, order_id, amount, currency, payment_method)

    def capture(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Take up to what was authorised."""
        return self._go_on("capture", key, amount, currency, reference)

    def void(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Let go what was authorised."""
        return self._go_on("void", key, amount, currency, reference)

    def refund(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Give back up to what was captured."""
        return self._go_on("refund", key, amount, currency, reference)

    def find(self, *, key: str, reference: str) -> Result | None:  # noqa: ARG002 - the key will do
        """Look the key up in the book."""
        self._wait(0)
        entry = self.book.execute(_FIND, [key]).fetchone()
        if entry is None:
            return None
        return Declined(entry[0]) if entry[0] else Succeeded(key)

    def _begin(  # noqa: PLR0913, PLR0917 - the columns of a row
        self, kind: str, key: str, order_id: str, amount: int, currency: str, payment_method: str
    ) -> Result:
        self._wait(DELAYS.get(payment_method, 0))
        known = payment_method in SUCCESSES | DELAYS.keys() | SILENCES.keys()
        code = DECLINES.get(payment_method, "" if known else "no_such_payment_method")
        with self.writing:
            result, calls = self._enter(kind, key, order_id, amount, currency, "", code)
        if calls <= SILENCES.get(payment_method, 0):
            return Unknown(f"the gateway gave no answer to {key}")
        return result

    def _go_on(self, kind: str, key: str, amount: int, currency: str, reference: str) -> Result:
        self._wait(0)
        with self.writing:
            self.book.execute("BEGIN IMMEDIATE")
            try:
                row = self.book.execute(_LEFT, {"key": key, "charge": reference}).fetchone()
                order_id, code = _judge(kind, amount, row)
                result, _ = self._enter(kind, key, order_id, amount, currency, reference, code)
            finally:
                self.book.execute("COMMIT")
        return result

    def _wait(self, seconds: float) -> None:
        if self.delay + seconds:
            time.sleep(self.delay + seconds)

    def _enter(  # noqa: PLR0913, PLR0917 - the columns of a row
        self, kind: str, key: str, order_id: str, amount: int, currency: str, charge: str, code: str
    ) -> tuple[Result, int]:
        entry = {
            "key": key,
            "kind": kind,
            "order_id": order_id,
            "amount": amount,
            "currency": currency,
            "charge": charge,
            "decline_code": code,
            "made_at": time.time(),
        }
        *stored, decline_code, calls = self.book.execute(_ENTER, entry).fetchone()
        if stored != [kind, amount, currency]:
            return Declined("idempotency_key_reused"), calls
        return (Declined(decline_code) if decline_code else Succeeded(key)), calls


def _judge(
    kind: str, amount: int, row: tuple[str, str, int, int, int, int] | None
) -> tuple[str, str]:
    """Return the order, and why it is declined: nothing if it is not."""
    if row is None:
        return "", f"cannot_{kind}"
    order_id, begun_as, begun, captured, voided, refunded = row
    if begun_as == "charge":
        captured = begun
    left = {
        "capture": 0 if captured or voided else begun,
        "void": 0 if captured or voided else begun,
        "refund": captured - refunded,
    }[kind]
    if 0 <= amount <= left and (left or not begun):
        return order_id, ""
    return order_id, f"cannot_{kind}"


def connect() -> SandboxGateway:
    """Open the sandbox that the settings describe."""
    return SandboxGateway(Path(settings.SANDBOX_BOOK), settings.SANDBOX_DELAY_SECONDS)
