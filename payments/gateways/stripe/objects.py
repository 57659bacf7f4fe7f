"""Read outcomes of operations, and disputes, from Stripe's objects.

Sources: docs.stripe.com/api/payment_intents/object, /api/refunds/object, /api/disputes/object.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from payments.gateways.port import (
    Declined,
    Disputed,
    Processing,
    RequiresAction,
    Result,
    Stage,
    Succeeded,
    Unknown,
)
from payments.gateways.results import CANCELED
from payments.gateways.stripe.money import from_stripe

Plain = Mapping[str, Any]
"""An object of Stripe's as plain JSON."""

FAILED = frozenset({"failed", "canceled"})
"""Final states of a refund whose money stayed with us."""

AUTHENTICATION_REQUIRED = "authentication_required"
"""The code of a payment that the bank lets through only if the customer confirms it."""

_STAGES = {
    "warning_needs_response": Stage.NEEDS_ANSWER,
    "needs_response": Stage.NEEDS_ANSWER,
    "warning_closed": Stage.WON,
    "prevented": Stage.WON,
    "won": Stage.WON,
    "lost": Stage.LOST,
}


def plain(answered: Any) -> Plain:
    """Turn an object of the library into plain JSON."""
    fields: Plain = answered.to_dict()
    return fields


def moment(seconds: float) -> datetime:
    """Read a time of Stripe's."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def key_of(fields: Plain, kind: str = "") -> str:
    """Return our key from the metadata; empty if we did not make the request.

    A payment's metadata has the key of its charge or authorization, not that of a capture or void.
    """
    return "" if kind in {"capture", "void"} else _metadata(fields, "key")


def order_of(fields: Plain) -> str:
    """Return the order id from the metadata; empty if there is none."""
    return _metadata(fields, "order_id")


def _metadata(fields: Plain, name: str) -> str:
    return str((fields.get("metadata") or {}).get(name, ""))


def payment_of(fields: Plain) -> str:
    """Return the payment of a refund or a dispute; empty if Stripe names none."""
    payment = fields.get("payment_intent") or ""
    return str(payment["id"] if isinstance(payment, Mapping) else payment)


def amount_of(fields: Plain, name: str = "amount") -> int:
    """Return an amount as minor units; ``amount`` if the object lacks that field."""
    return from_stripe(fields.get(name, fields["amount"]), fields["currency"])


def currency_of(fields: Plain) -> str:
    """Return the ISO 4217 code of the currency."""
    return str(fields["currency"]).upper()


def of_beginning(intent: Plain) -> Result:
    """Read a payment as the outcome of its charge or authorization."""
    match intent["status"]:
        case "succeeded":
            return _begun(intent, "amount_received")
        case "requires_capture":
            return _begun(intent, "amount_capturable")
        case "requires_action":
            return _action_of(intent)
        case "processing":
            return Processing(str(intent["id"]))
        case "requires_payment_method" | "canceled":
            code = _decline_code(intent)
            return _action_of(intent) if code == AUTHENTICATION_REQUIRED else Declined(code)
        case status:
            return Unknown(f"the payment is {status}")


def of_capture(intent: Plain) -> Result | None:
    """Read a payment as the outcome of its capture; ``None`` while it is only authorized."""
    match intent["status"]:
        case "succeeded":
            return _moved(intent, "amount_received")
        case "requires_capture":
            return None
        case "canceled":
            return Declined("canceled")
        case status:
            return Unknown(f"the payment is {status}")


def of_void(intent: Plain) -> Result | None:
    """Read a payment as the outcome of its void; ``None`` while it is still authorized."""
    match intent["status"]:
        case "canceled":
            return Succeeded(intent["id"])
        case "requires_capture":
            return None
        case "succeeded":
            return Declined("captured")
        case status:
            return Unknown(f"the payment is {status}")


def of_refund(refund: Plain) -> Result:
    """Read a refund. A pending one counts as a success; ``refund.failed`` reports a failure."""
    if refund["status"] in FAILED:
        return Declined(why_failed(refund), str(refund["id"]))
    return _moved(refund, "amount")


def why_failed(refund: Plain) -> str:
    """Return why a refund failed."""
    return str(refund.get("failure_reason") or f"refund_{refund['status']}")


def dispute_of(fields: Plain) -> Disputed:
    """Read a dispute."""
    answer_by = (fields.get("evidence_details") or {}).get("due_by")
    return Disputed(
        reference=str(fields["id"]),
        amount=amount_of(fields),
        currency=currency_of(fields),
        reason=str(fields.get("reason") or ""),
        stage=_STAGES.get(str(fields.get("status")), Stage.UNDER_REVIEW),
        answer_by=moment(answer_by) if answer_by else None,
    )


def _moved(fields: Plain, name: str) -> Succeeded:
    return Succeeded(str(fields["id"]), amount_of(fields, name), currency_of(fields))


def _begun(intent: Plain, name: str) -> Succeeded:
    customer = intent.get("customer") or ""
    saved_for = str(customer["id"] if isinstance(customer, Mapping) else customer)
    return replace(_moved(intent, name), saved_for=saved_for)


def _action_of(intent: Plain) -> RequiresAction:
    redirect = (intent.get("next_action") or {}).get("redirect_to_url") or {}
    return RequiresAction(
        str(intent["id"]),
        client_secret=str(intent.get("client_secret") or ""),
        address=str(redirect.get("url") or ""),
    )


def _decline_code(intent: Plain) -> str:
    if intent["status"] == "canceled":
        return CANCELED
    error = intent.get("last_payment_error") or {}
    return str(error.get("decline_code") or error.get("code") or intent["status"])
