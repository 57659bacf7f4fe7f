"""What Stripe answers to a call, or the library raises for it, as one of the port's results.

Source: docs.stripe.com/api/errors, docs.stripe.com/error-codes.
"""

from collections.abc import Callable, Mapping
from typing import Any

import stripe

from payments.gateways.port import Declined, Result, Unknown
from payments.gateways.stripe.money import NotAtStripe
from payments.gateways.stripe.objects import Plain, plain

_OF_THE_CALL = (
    *("account_", "api_key_", "idempotency_", "livemode_", "lock_timeout", "not_allowed_"),
    *(
        "parameter_",
        "platform_",
        "rate_limit",
        "secret_key_",
        "state_",
        "testmode_",
        "tls_",
        "url_",
    ),
)
"""How codes begin that speak of how we have called, and not of what we have asked for."""


def answer(read: Callable[[Plain], Result | None], ask: Callable[[], Any]) -> Result:
    """Read what Stripe answers, or what the library raises, as a result.

    Refused for good is only what Stripe says of the card or of the payment. What it says of the
    call (another one had this key, the API key is wrong, a parameter is) is our own fault: it says
    nothing of the payment, which an earlier call may have made, so it counts as no answer.
    """
    try:
        return read(plain(ask())) or Unknown("the payment stands as before")
    except NotAtStripe:
        return Declined("amount_not_at_stripe")
    except stripe.StripeError as error:
        return _refusal(error)
    except (KeyError, TypeError, ValueError) as error:
        return Unknown(f"the answer cannot be read: {error!r}")


def _refusal(error: stripe.StripeError) -> Result:
    match error:
        case stripe.CardError():
            details = error.error
            return Declined((details and details.decline_code) or error.code or "card_declined")
        case stripe.RateLimitError():
            return Unknown("too many requests", _seconds(error.headers or {}))
        case stripe.InvalidRequestError() if not _is_of_the_call(error):
            return Declined(error.code or type(error).__name__)
    return Unknown(f"{type(error).__name__} {error.code or ''}: {error.user_message}")


def _is_of_the_call(error: stripe.InvalidRequestError) -> bool:
    code = error.code or ""
    if code == "resource_missing":
        # Of a payment that we know it says that we ask the wrong account.
        return bool(error.param != "payment_method")
    return error.http_status == 409 or code.startswith(_OF_THE_CALL)


def _seconds(headers: Mapping[str, str]) -> float:
    text = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return float(text) if text.isascii() and text.isdecimal() else 1.0
