"""List what Stripe has on record for a period: payments, refunds and disputes.

Sources: docs.stripe.com/api/payment_intents/list, /api/refunds/list, /api/disputes/list.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import stripe

from payments.gateways.port import BookEntry, GatewaySilent
from payments.gateways.stripe.objects import (
    FAILED,
    Plain,
    amount_of,
    currency_of,
    dispute_of,
    key_of,
    moment,
    order_of,
    payment_of,
    plain,
    why_failed,
)


class StripeBook:
    """Reads Stripe's lists completely; an object belongs to the period in which it was created."""

    def __init__(self, intents: Any, refunds: Any, disputes: Any) -> None:
        self.intents = intents
        self.refunds = refunds
        self.disputes = disputes

    def entries(self, since: datetime, until: datetime) -> Iterator[BookEntry]:
        """Yield the entries of a period.

        :raises GatewaySilent: Stripe does not answer now, or its answer cannot be read.
        """
        period = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        try:
            for intent in self._listed(self.intents, period):
                yield from entries_of(intent)
            for refund in self._listed(self.refunds, period):
                yield entry_of_refund(refund)
            for dispute in self._listed(self.disputes, period):
                yield entry_of_dispute(dispute)
        except stripe.StripeError as error:
            raise GatewaySilent(f"{type(error).__name__}: {error.user_message}") from error
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise GatewaySilent(f"an entry cannot be read: {error!r}") from error

    @staticmethod
    def _listed(service: Any, period: dict[str, int]) -> Iterator[Plain]:
        page = service.list({"limit": 100, "created": period})
        return (plain(each) for each in page.auto_paging_iter())


def entries_of(intent: Plain) -> Iterator[BookEntry]:
    """Read a payment as entries: its charge, or its authorization and the capture or void."""
    manual = intent.get("capture_method") == "manual"
    if intent["status"] == "succeeded":
        amount = amount_of(intent, "amount_received")
        yield _of_payment("capture" if manual else "charge", intent, amount)
    if manual and intent["status"] in {"succeeded", "requires_capture", "canceled"}:
        yield _of_payment("authorize", intent, amount_of(intent))
    if manual and intent["status"] == "canceled":
        yield _of_payment("void", intent, amount_of(intent))


def entry_of_refund(refund: Plain) -> BookEntry:
    """Read a refund as an entry, even if it has failed."""
    return BookEntry(
        kind="refund",
        key=key_of(refund),
        order_id="",
        reference=str(refund["id"]),
        amount=amount_of(refund),
        currency=currency_of(refund),
        made_at=moment(refund["created"]),
        about=payment_of(refund),
        failed=why_failed(refund) if refund["status"] in FAILED else "",
    )


def entry_of_dispute(fields: Plain) -> BookEntry:
    """Read a dispute as an entry."""
    dispute = dispute_of(fields)
    return BookEntry(
        kind="dispute",
        key="",
        order_id="",
        reference=dispute.reference,
        amount=dispute.amount,
        currency=dispute.currency,
        made_at=moment(fields["created"]),
        about=payment_of(fields),
        dispute=dispute,
    )


def _of_payment(kind: str, intent: Plain, amount: int) -> BookEntry:
    return BookEntry(
        kind=kind,
        key=key_of(intent, kind),
        order_id=order_of(intent),
        reference=str(intent["id"]),
        amount=amount,
        currency=currency_of(intent),
        made_at=moment(intent["created"]),
        about=str(intent["id"]),
    )
