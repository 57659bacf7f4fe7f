"""Compare one entry of a gateway's book with our ledger: what differs, and what to do.

An entry that only the gateway has is one of three: ours and still owed, which its order will
request; ours and requested by a database that was lost; or not ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from payments.gateways.notices import BookEntry
from payments.gateways.results import Declined, Disputed, Stage, Succeeded
from payments.ledger import Ledger
from payments.models import OPEN, OperationKind, Outcome, PaymentOperation
from payments.services.following import line_of
from payments.services.matching import News, order_in

UNDER_WAY = timedelta(hours=1)
"""How long an operation may stay open: attempts are at most half an hour apart."""

Verdict = tuple[str, str]
"""What differs, and what to do about it."""

STILL_OWED = (
    "ours and still owed: its order is known here and has not requested it yet",
    "let the order go on: it is looked up before it is requested",
)
FORGOTTEN = (
    "ours and unknown to us: our ledger has forgotten it",
    "nothing, if it is not in the next reconciliation: the ledger takes it in",
)
LOST = (
    "ours and unknown to us: it is of an order that this database does not have",
    "enter the order anew, or refund it at the gateway",
)
NOT_ASKED_FOR = (
    "done at the gateway without us",
    "find out there who did; the ledger takes it in",
)
NOT_OURS = (
    "not ours: we did not request it",
    "find out there who did; refund a charge there",
)


@dataclass(frozen=True, slots=True)
class LedgerDifference:
    """A difference between the ledger and the gateway's book. Amounts are minor units.

    :ivar ours: what the ledger says was moved; ``None`` if it has no such operation.
    :ivar theirs: what the gateway says; ``None`` if it did nothing.
    :ivar act: what to do about it.
    """

    key: str
    kind: str
    order_id: str
    ours: int | None
    theirs: int | None
    what: str
    act: str


def news_of(entry: BookEntry) -> News:
    """Return an entry of the book as a report of its operation."""
    done = Succeeded(entry.reference, entry.amount, entry.currency)
    result = Declined(entry.failed, entry.reference) if entry.failed else done
    return News(entry.kind, entry.key, result)


def compare(
    entry: BookEntry, ledger: Ledger | None, flows: Mapping[UUID, str], now: datetime
) -> tuple[PaymentOperation | None, Verdict | None]:
    """Find the operation of an entry in the ledger, and return how they differ.

    :param flows: the flows of known orders.
    """
    if entry.dispute is not None:
        return None, of_dispute(entry.dispute)
    line = line_of(ledger, news_of(entry)) if ledger else None
    if line is not None and ledger is not None:
        return line, _of_line(entry, ledger, line, now)
    return None, None if entry.failed else _of_unknown(entry, ledger, flows)


def of_dispute(dispute: Disputed) -> Verdict | None:
    """Return the verdict on a dispute; nothing once it is won."""
    if dispute.stage == Stage.WON:
        return None
    what = f"disputed ({dispute.reason or 'no reason given'}): {dispute.stage.replace('_', ' ')}"
    if dispute.stage == Stage.LOST:
        return what, "write it off: the cardholder keeps the money"
    until = f" until {dispute.answer_by:%Y-%m-%d}" if dispute.answer_by else ""
    return what, f"answer at the gateway{until}: its money is withheld"


def _of_line(
    entry: BookEntry, ledger: Ledger, line: PaymentOperation, now: datetime
) -> Verdict | None:
    if line.outcome in OPEN:
        if now - (line.postponed_until or line.requested_at) < UNDER_WAY:
            return None
        return (
            "the gateway did it, and its answer has not arrived here",
            "if it does not end, redrive its dead letter: it is looked up",
        )
    if entry.failed:
        is_known = line.outcome == Outcome.DECLINED
        what = f"it has failed at the gateway ({entry.failed}) after it had succeeded"
        return None if is_known else (what, "give the money back in another way")
    if line.outcome == Outcome.DECLINED:
        return (
            "the gateway did what our ledger calls declined",
            "nothing, if it is not in the next reconciliation: the ledger takes it in",
        )
    if (entry.amount, entry.currency) != (line.amount, ledger.payment.currency):
        return (
            "another amount or currency was moved than our ledger says",
            "ask the gateway; give the difference back or write it off",
        )
    return None


def _of_unknown(entry: BookEntry, ledger: Ledger | None, flows: Mapping[UUID, str]) -> Verdict:
    order_id = order_in(entry.key)
    is_own_key = entry.key.startswith(f"{order_id}:{entry.kind}:")
    if ledger is not None:
        is_own = is_own_key or entry.kind in {OperationKind.CAPTURE, OperationKind.VOID}
        return FORGOTTEN if is_own else NOT_ASKED_FOR
    if is_own_key and order_id is not None:
        return STILL_OWED if flows.get(order_id) else LOST
    return NOT_OURS
