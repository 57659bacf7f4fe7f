"""What Stripe's objects say: of the outcome of an operation, of its book, of a webhook.

Sources: docs.stripe.com/api/payment_intents/object, /api/refunds/object, /api/events/types.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from payments.gateways.port import (
    Declined,
    Entry,
    Notice,
    Result,
    Succeeded,
    Unknown,
    Unreadable,
)

Plain = Mapping[str, Any]
"""An object of Stripe's as its JSON has it."""


def plain(answered: Any) -> Plain:
    """Turn an object of the library into what its JSON had."""
    fields: Plain = answered.to_dict()
    return fields


def of_beginning(intent: Plain) -> Result:
    """Read a payment as the outcome of its charge or authorization."""
    match intent["status"]:
        case "succeeded":
            return Succeeded(intent["id"], intent.get("amount_received", intent["amount"]))
        case "requires_capture":
            return Succeeded(intent["id"], intent.get("amount_capturable", intent["amount"]))
        case "requires_action":
            return Declined("authentication_required")
        case "requires_payment_method" | "canceled":
            return Declined(_decline_code(intent))
        case status:
            return Unknown(f"the payment is {status}")


def of_capture(intent: Plain) -> Result | None:
    """Read a payment as the outcome of its capture; ``None`` while it is only set aside."""
    match intent["status"]:
        case "succeeded":
            return Succeeded(intent["id"], intent.get("amount_received"))
        case "requires_capture":
            return None
        case "canceled":
            return Declined("canceled")
        case status:
            return Unknown(f"the payment is {status}")


def of_void(intent: Plain) -> Result | None:
    """Read a payment as the outcome of its void; ``None`` while it is still set aside."""
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
    """Read a refund. One that is pending is on its way; ``refund.failed`` tells if it fails."""
    if refund["status"] in {"succeeded", "pending"}:
        return Succeeded(refund["id"], refund["amount"])
    return Declined(refund.get("failure_reason") or f"refund_{refund['status']}")


def entries_of(intent: Plain) -> Iterator[Entry]:
    """Read a payment as lines of the book: its charge, or its authorization and what followed."""
    manual = intent.get("capture_method") == "manual"
    if intent["status"] == "succeeded":
        amount = intent.get("amount_received", intent["amount"])
        yield _entry("capture" if manual else "charge", intent, amount)
    if manual and intent["status"] in {"succeeded", "requires_capture", "canceled"}:
        yield _entry("authorize", intent, intent["amount"])
    if manual and intent["status"] == "canceled":
        yield _entry("void", intent, intent["amount"])


def entry_of_refund(refund: Plain) -> Entry:
    """Read a refund as a line of the book."""
    return _entry("refund", refund, refund["amount"])


def notice_of(body: bytes) -> Notice | None:
    """Read an event; ``None`` for the many types that say nothing of our operations.

    :raises Unreadable: it has not the form of an event.
    """
    try:
        event = msgspec.json.decode(body)
        fields = event["data"]["object"]
        kind, result = _meaning(event["type"], fields)
        metadata = fields.get("metadata") or {}
        return Notice(
            event_id=event["id"],
            type=event["type"],
            kind=kind,
            # What the metadata names is the key of the beginning; a capture or void has another.
            key="" if kind in {"capture", "void"} else metadata.get("key", ""),
            order_id=metadata.get("order_id", ""),
            result=None if isinstance(result, Unknown) else result,
            happened_at=datetime.fromtimestamp(event["created"], tz=UTC),
        )
    except _Irrelevant:
        return None
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise Unreadable(f"this is no event of Stripe: {error!r}") from error


def _meaning(type_: str, fields: Plain) -> tuple[str, Result | None]:
    """Say which operation an event is about, and what became of it.

    :raises _Irrelevant: it is about none.
    """
    manual = fields.get("capture_method") == "manual"
    beginning = "authorize" if manual else "charge"
    meaning: tuple[str, Result | None]
    match type_:
        case "payment_intent.succeeded":
            meaning = "capture" if manual else "charge", of_beginning(fields)
        case "payment_intent.amount_capturable_updated" | "payment_intent.payment_failed":
            meaning = beginning, of_beginning(fields)
        case "payment_intent.canceled":
            meaning = ("void", of_void(fields)) if manual else ("charge", of_beginning(fields))
        case "refund.created" | "refund.updated" | "refund.failed":
            meaning = "refund", of_refund(fields)
        case "charge.dispute.created":
            meaning = "dispute", None
        case _:
            raise _Irrelevant
    return meaning


class _Irrelevant(Exception):
    """An event of a type that says nothing of our operations."""


def _entry(kind: str, fields: Plain, amount: int) -> Entry:
    metadata = fields.get("metadata") or {}
    return Entry(
        kind=kind,
        key="" if kind in {"capture", "void"} else metadata.get("key", ""),
        order_id=metadata.get("order_id", ""),
        reference=fields["id"],
        amount=amount,
        currency=fields["currency"].upper(),
        made_at=datetime.fromtimestamp(fields["created"], tz=UTC),
    )


def _decline_code(intent: Plain) -> str:
    error = intent.get("last_payment_error") or {}
    return str(error.get("decline_code") or error.get("code") or intent["status"])
