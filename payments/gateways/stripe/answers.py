"""Turn Stripe's answer to a call, or the library's exception, into a result.

Source: docs.stripe.com/api/errors, docs.stripe.com/error-codes.
"""

from collections.abc import Callable, Mapping
from typing import Any

import stripe

from payments.gateways.port import Declined, Result, Unknown
from payments.gateways.stripe.money import NotAtStripe
from payments.gateways.stripe.objects import AUTHENTICATION_REQUIRED, Plain, of_beginning, plain

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
"""Prefixes of error codes that concern our call, and not the payment."""


def answer(read: Callable[[Plain], Result | None], ask: Callable[[], Any]) -> Result:
    """Return Stripe's answer, or the library's exception, as a result.

    Only errors about the card or the payment are declines. Errors about the call (the idempotency
    key is in use, the API key or a parameter is wrong) are our own fault: an earlier call may have
    made the payment, so the outcome is unknown.
    """
    try:
        return read(plain(ask())) or Unknown("the payment is unchanged")
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
            if error.code == AUTHENTICATION_REQUIRED and details and details.payment_intent:
                return of_beginning(plain(details.payment_intent))
            return Declined((details and details.decline_code) or error.code or "card_declined")
        case stripe.RateLimitError():
            return Unknown("too many requests", _seconds(error.headers or {}))
        case stripe.InvalidRequestError() if not _is_of_the_call(error):
            return Declined(error.code or type(error).__name__)
    return Unknown(f"{type(error).__name__} {error.code or ''}: {error.user_message}")


def _is_of_the_call(error: stripe.InvalidRequestError) -> bool:
    code = error.code or ""
    if code == "resource_missing":
        # A payment of ours is missing only in another account: the API key is wrong.
        return bool(error.param != "payment_method")
    return error.http_status == 409 or code.startswith(_OF_THE_CALL)


def _seconds(headers: Mapping[str, str]) -> float:
    text = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return float(text) if text.isascii() and text.isdecimal() else 1.0
