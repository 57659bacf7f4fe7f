"""What Stripe answers to a call, or the library raises for it, as one of the port's results.

Source: docs.stripe.com/api/errors.
"""

from collections.abc import Callable, Mapping
from typing import Any

import stripe

from payments.gateways.port import Declined, Result, Unknown
from payments.gateways.stripe_objects import Plain, plain


def answer(read: Callable[[Plain], Result | None], ask: Callable[[], Any]) -> Result:
    """Read what Stripe answers, or what the library raises, as a result.

    Refused for good is only what Stripe says of the card or of the request. A wrong API key or a
    missing permission is our own fault and says nothing of the order, so it counts as no answer.
    """
    try:
        return read(plain(ask())) or Unknown("the payment stands as before")
    except stripe.CardError as error:
        details = error.error
        return Declined((details and details.decline_code) or error.code or "card_declined")
    except stripe.RateLimitError as error:
        return Unknown("too many requests", _seconds(error.headers or {}))
    except (stripe.InvalidRequestError, stripe.IdempotencyError) as error:
        if error.http_status == 409:
            return Unknown(f"{error.code}: {error.user_message}")
        return Declined(error.code or type(error).__name__)
    except stripe.StripeError as error:
        return Unknown(f"{type(error).__name__}: {error.user_message}")


def _seconds(headers: Mapping[str, str]) -> float:
    text = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return float(text) if text.isascii() and text.isdecimal() else 1.0
