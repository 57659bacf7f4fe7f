"""What Stripe has on record: one operation that is looked for, or all of a period.

Sources: docs.stripe.com/api/payment_intents/list, /api/refunds/list.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import stripe

from payments.gateways.port import Entry, GatewaySilent, Result, Sought, Unknown
from payments.gateways.stripe_objects import (
    entries_of,
    entry_of_refund,
    of_beginning,
    of_capture,
    of_refund,
    of_void,
    plain,
)

LATEST_ARRIVAL = timedelta(days=1)
"""How long after it was first asked for a payment may arrive: keys are sent for 20 hours."""


class StripeBook:
    """Reads payments and refunds; Stripe's search lags, its lists do not."""

    def __init__(self, intents: Any, refunds: Any) -> None:
        self.intents = intents
        self.refunds = refunds

    def look_up(self, sought: Sought) -> Result | None:
        """Return what became of an operation; ``None`` if it never arrived."""
        try:
            match sought.kind:
                case "refund":
                    return self._find_refund(sought)
                case "capture":
                    return of_capture(plain(self.intents.retrieve(sought.reference)))
                case "void":
                    return of_void(plain(self.intents.retrieve(sought.reference)))
            return self._find_beginning(sought)
        except stripe.StripeError as error:
            return Unknown(f"{type(error).__name__}: {error.user_message}")

    def entries(self, since: datetime, until: datetime) -> Iterator[Entry]:
        """Yield what was done in a period, by when it was begun.

        :raises GatewaySilent: Stripe does not answer now.
        """
        period = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        try:
            for intent in self._listed(self.intents, created=period):
                yield from entries_of(intent)
            for refund in self._listed(self.refunds, created=period):
                yield entry_of_refund(refund)
        except stripe.StripeError as error:
            raise GatewaySilent(f"{type(error).__name__}: {error.user_message}") from error

    def _find_beginning(self, sought: Sought) -> Result | None:
        since = int(sought.since.timestamp())
        period = {"gte": since, "lt": since + int(LATEST_ARRIVAL.total_seconds())}
        for intent in self._listed(self.intents, created=period):
            if intent.get("metadata", {}).get("key") == sought.key:
                return of_beginning(intent)
        return None

    def _find_refund(self, sought: Sought) -> Result | None:
        for refund in self._listed(self.refunds, payment_intent=sought.reference):
            if refund.get("metadata", {}).get("key") == sought.key:
                return of_refund(refund)
        return None

    @staticmethod
    def _listed(service: Any, **parameters: Any) -> Iterator[Any]:
        page = service.list({"limit": 100, **parameters})
        return (plain(each) for each in page.auto_paging_iter())
