"""Look up one operation at Stripe, by its payment or by our key.

Lists are complete at once, but those of payments can be long; the search by our key takes one
request, but lags by up to an hour. So the payments made around the time of our request are listed
first, and the search is used if ours is not among them.

Sources: docs.stripe.com/api/payment_intents/list, /api/refunds/list, docs.stripe.com/search.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe

from payments.gateways.port import Result, Sought, Unknown
from payments.gateways.stripe.objects import (
    Plain,
    key_of,
    of_beginning,
    of_capture,
    of_refund,
    of_void,
    plain,
)

MARGIN = timedelta(minutes=5)
"""How far Stripe's clock and ours may be apart."""

LATEST_ARRIVAL = timedelta(days=1)
"""How long after the first request a payment may arrive: keys are sent for 20 hours."""

MOST_PAGES, MOST_SECONDS = 20, 15.0
"""The most that one look-up reads of a list, at 100 objects a page."""


class _GivenUp(Exception):
    """A list is too long to be read completely."""


class LookUp:
    """Looks up operations without any effect."""

    def __init__(self, intents: Any, refunds: Any) -> None:
        self.intents = intents
        self.refunds = refunds

    def find(self, sought: Sought) -> Result | None:
        """Return the outcome of an operation; ``None`` if it never arrived."""
        try:
            return self._find(sought)
        except _GivenUp:
            return Unknown("not among the newest of a list that is too long to be read completely")
        except stripe.StripeError as error:
            return Unknown(f"{type(error).__name__}: {error.user_message}")
        except (KeyError, TypeError, ValueError) as error:
            return Unknown(f"the answer cannot be read: {error!r}")

    def _find(self, sought: Sought) -> Result | None:
        match sought.kind:
            case "refund":
                return self._refund(sought)
            case "capture":
                return of_capture(plain(self.intents.retrieve(sought.reference)))
            case "void":
                return of_void(plain(self.intents.retrieve(sought.reference)))
        return self._beginning(sought)

    def _beginning(self, sought: Sought) -> Result | None:
        if sought.reference:
            return of_beginning(plain(self.intents.retrieve(sought.reference)))
        since, until = sought.since - MARGIN, sought.since + LATEST_ARRIVAL + MARGIN
        period = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        try:
            found = _of_key(sought.key, _listed(self.intents, created=period))
            is_complete = until > datetime.now(UTC)
        except _GivenUp:
            found, is_complete = None, False
        if found is not None:
            return of_beginning(found)
        return None if is_complete else self._searched(sought)

    def _searched(self, sought: Sought) -> Result | None:
        query = f'metadata["key"]:"{sought.key}"'
        for intent in self.intents.search({"query": query, "limit": 1}).data:
            # The search may return an old state.
            return of_beginning(plain(self.intents.retrieve(intent["id"])))
        return None

    def _refund(self, sought: Sought) -> Result | None:
        found = _of_key(sought.key, _listed(self.refunds, payment_intent=sought.reference))
        return None if found is None else of_refund(found)


def _of_key(key: str, listed: Iterator[Plain]) -> Plain | None:
    return next((each for each in listed if key_of(each) == key), None)


def _listed(service: Any, **parameters: Any) -> Iterator[Plain]:
    """Yield a list page by page, newest first.

    :raises _GivenUp: it is too long.
    """
    until = time.monotonic() + MOST_SECONDS
    page = service.list({"limit": 100, **parameters})
    for number in range(1, MOST_PAGES + 1):
        for each in page.data:
            yield plain(each)
        if not page.has_more:
            return
        if number == MOST_PAGES or time.monotonic() > until:
            raise _GivenUp
        page = page.next_page()
