"""The sandbox gateway, with a book of its own, for development and tests.

The payment method decides how it behaves (``cards``). While a file with the name of its book and
the suffix ``.away`` exists, no call gets an answer.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from typing import Unpack

from django.conf import settings

from payments.gateways.port import (
    BookEntry,
    Declined,
    Notice,
    PaymentRequest,
    Processing,
    RequiresAction,
    Result,
    Sought,
    Succeeded,
    Unknown,
)
from payments.gateways.results import CANCELED
from payments.gateways.sandbox import webhooks
from payments.gateways.sandbox.book import PROCESSING, REQUIRES_ACTION, Book, WaitingEntry
from payments.gateways.sandbox.cards import Manner, manner_of

SECONDS_OF_PATIENCE = 0.5
"""The ``retry_after`` of a call that is refused by the rate limit."""


PAGE = "/sandbox/bank/"
"""Where the sandbox's bank asks the customer; the entry's token follows."""


class SandboxGateway:
    """Keeps its book in SQLite; the payment method's name decides its answers."""

    def __init__(self, book: Path, delay: float = 0.0, webhook_secrets: Sequence[str] = ()) -> None:
        """Open the book; create it if it does not exist.

        :param delay: seconds that every call takes.
        """
        self.delay = delay
        self.away = book.with_name(f"{book.name}.away")
        self.webhook_secrets = webhook_secrets
        # SQLite has one writer at a time: threads wait here instead of polling its lock.
        self.writing = threading.Lock()
        self.book = Book(book)

    def charge(self, **asked: Unpack[PaymentRequest]) -> Result:
        """Take the money, or decline, as the payment method says."""
        return self._begin("charge", asked)

    def authorize(self, **asked: Unpack[PaymentRequest]) -> Result:
        """Authorize the amount, or decline, as the payment method says."""
        return self._begin("authorize", asked)

    def capture(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Capture up to the authorized amount."""
        return self._go_on("capture", key, amount, currency, reference)

    def capture_part(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Capture part of an authorization; the rest stays set aside."""
        return self._go_on("capture", key, amount, currency, reference, rest_stays=True)

    def void(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Void an authorization."""
        return self._go_on("void", key, amount, currency, reference)

    def refund(self, *, key: str, amount: int, currency: str, reference: str) -> Result:
        """Refund up to the captured amount."""
        return self._go_on("refund", key, amount, currency, reference)

    def find(self, sought: Sought) -> Result | None:
        """Look up the key in the book."""
        if not self._is_there():
            return _SILENCE
        found = self.book.look_up(sought.key)
        if found is None:
            return None
        return _result(sought.key, *found)

    def cancel(self, *, key: str, reference: str) -> Result:  # noqa: ARG002 - found by its key
        """Cancel what the customer has not confirmed yet."""
        if not self._is_there():
            return _SILENCE
        with self.writing, self.book.writing():
            found = self.book.look_up(key)
            if found and found[0] == REQUIRES_ACTION:
                self.book.settle(key, CANCELED)
                return Declined(CANCELED)
        return _result(key, *found) if found else Declined(CANCELED)

    def answer_bank(self, token: str, *, confirmed: bool) -> WaitingEntry | None:
        """Do what a customer does at the bank, or what the bank does days later.

        :returns: the entry with its new state; ``None`` if nothing waits under this token.
        """
        with self.writing, self.book.writing():
            for entry in self.book.waiting(token=token):
                state = _settled(entry, confirmed=confirmed)
                self.book.settle(entry.key, state)
                return replace(entry, state=state)
        return None

    def entries(self, since: datetime, until: datetime) -> Iterator[BookEntry]:
        """Yield the entries of the book, oldest first."""
        for kind, key, order_id, amount, currency, made_at, charge in self.book.made(
            since.timestamp(), until.timestamp()
        ):
            moment = datetime.fromtimestamp(made_at, tz=UTC)
            yield BookEntry(kind, key, order_id, key, amount, currency, moment, charge or key)

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        """Verify and read a webhook of the sandbox."""
        return webhooks.read(body, headers, self.webhook_secrets)

    def _begin(self, kind: str, asked: PaymentRequest) -> Result:
        method, order_id = asked["payment_method"], asked["order_id"]
        manner = manner_of(method, kind)
        if not self._is_there(manner.delay):
            return _SILENCE
        is_saved = bool(saved_for := asked.get("saved_for", ""))
        with self.writing:
            return self._refuse(asked["key"], manner) or self._enter(
                manner,
                kind=kind,
                key=asked["key"],
                order_id=order_id,
                asked=asked["amount"],
                amount=asked["amount"] + manner.excess,
                currency=asked["currency"],
                payment_method=method,
                saved_for=saved_for or (f"cus_{order_id}" if asked.get("keep") else ""),
                charge="",
                decline_code=manner.decline_code or _first_state(manner, is_saved=is_saved),
                token=token_urlsafe(16),
                rest_stays=0,
            )

    def _go_on(  # noqa: PLR0913 - the columns of a row
        self,
        kind: str,
        key: str,
        amount: int,
        currency: str,
        reference: str,
        *,
        rest_stays: bool = False,
    ) -> Result:
        if not self._is_there():
            return _SILENCE
        with self.writing, self.book.writing():
            standing = self.book.standing(reference, without=key)
            if standing is None:
                return Declined(f"cannot_{kind}")
            manner = manner_of(standing.payment_method, kind)
            left = standing.left_to(kind)
            may_be_done = 0 <= amount <= left and (left or not standing.begun)
            excess = manner.excess if standing.is_first(kind) else 0
            return self._refuse(key, manner) or self._enter(
                manner,
                key=key,
                kind=kind,
                order_id=standing.order_id,
                asked=amount,
                amount=max(0, amount - excess) if kind == "refund" else amount + excess,
                currency=currency,
                charge=reference,
                decline_code=manner.decline_code if may_be_done else f"cannot_{kind}",
                payment_method=standing.payment_method,
                token="",
                saved_for="",
                rest_stays=int(rest_stays),
            )

    def _is_there(self, delay: float = 0.0) -> bool:
        if self.delay + delay:
            time.sleep(self.delay + delay)
        return not self.away.exists()

    def _refuse(self, key: str, manner: Manner) -> Result | None:
        """Return the result of a call without effect, if the manner asks for one."""
        if manner.lost and self.book.lose(key) <= manner.lost:
            return _SILENCE
        if manner.limited and self.book.lose(key) <= manner.limited:
            return Unknown("too many requests", SECONDS_OF_PATIENCE)
        return None

    def _enter(self, manner: Manner, **fields: str | int) -> Result:
        line = self.book.enter(**fields)
        if manner.stored_error:
            return Unknown("a server error")
        if line.calls <= manner.silent:
            return _SILENCE
        if not line.is_same:
            return Unknown("this key was used with other parameters")
        key = str(fields["key"])
        return _result(
            key, line.decline_code, line.amount, line.currency, line.token, line.saved_for
        )


def _first_state(manner: Manner, *, is_saved: bool) -> str:
    """Return the state of a new entry; a saved method was confirmed when it was saved."""
    if manner.asks_customer and (manner.asks_always or not is_saved):
        return REQUIRES_ACTION
    return PROCESSING if manner.settles_later else ""


def _settled(entry: WaitingEntry, *, confirmed: bool) -> str:
    """Return the state that follows from an answer."""
    manner = manner_of(entry.payment_method, entry.kind)
    if not confirmed:
        return "authentication_failed" if entry.state == REQUIRES_ACTION else "debit_returned"
    if entry.state == REQUIRES_ACTION and manner.settles_later:
        return PROCESSING
    return manner.refused_later


def _result(  # noqa: PLR0913, PLR0917 - the columns of an entry
    key: str, state: str, amount: int, currency: str, token: str, saved_for: str
) -> Result:
    match state:
        case "":
            return Succeeded(key, amount, currency, saved_for)
        case "requires_action":
            return RequiresAction(key, client_secret=token, address=f"{PAGE}{token}")
        case "processing":
            return Processing(key)
    return Declined(state)


_SILENCE = Unknown("the gateway gave no answer")


def connect() -> SandboxGateway:
    """Open the sandbox with the book, delay and secrets of the settings."""
    return SandboxGateway(
        Path(settings.SANDBOX_BOOK),
        settings.SANDBOX_DELAY_SECONDS,
        settings.SANDBOX_WEBHOOK_SECRETS,
    )
