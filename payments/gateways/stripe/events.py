"""Read the events that Stripe sends as webhooks.

Source: docs.stripe.com/api/events/types.
"""

import msgspec

from payments.gateways.port import (
    Declined,
    Disputed,
    Notice,
    Processing,
    Result,
    Succeeded,
    Unreadable,
)
from payments.gateways.stripe.objects import (
    Plain,
    dispute_of,
    key_of,
    moment,
    of_beginning,
    of_refund,
    of_void,
    order_of,
    payment_of,
)


def notice_of(body: bytes) -> Notice | None:
    """Read an event; ``None`` for types that do not concern our operations.

    :raises Unreadable: it has not the form of an event.
    """
    try:
        return _notice(msgspec.json.decode(body))
    except (
        *(msgspec.DecodeError, KeyError, TypeError, AttributeError, ValueError),
        *(OverflowError, OSError),  # times outside of the calendar
    ) as error:
        raise Unreadable(f"this is no event of Stripe: {error!r}") from error


def _notice(event: Plain) -> Notice | None:
    fields: Plain = event["data"]["object"]
    meaning = _meaning(event["type"], fields)
    if meaning is None:
        return None
    kind, said = meaning
    is_payment = event["type"].startswith("payment_intent.")
    return Notice(
        event_id=event["id"],
        type=event["type"],
        kind=kind,
        key=key_of(fields, kind),
        order_id=order_of(fields),
        result=said if isinstance(said, Succeeded | Declined | Processing) else None,
        happened_at=moment(event["created"]),
        about=str(fields["id"]) if is_payment else payment_of(fields),
        dispute=said if isinstance(said, Disputed) else None,
    )


def _meaning(type_: str, fields: Plain) -> tuple[str, Result | Disputed | None] | None:
    """Return the operation of an event and its outcome; ``None`` if it has none."""
    manual = fields.get("capture_method") == "manual"
    beginning = "authorize" if manual else "charge"
    match type_:
        case "payment_intent.succeeded":
            return "capture" if manual else "charge", of_beginning(fields)
        case (
            "payment_intent.amount_capturable_updated"
            | "payment_intent.payment_failed"
            | "payment_intent.processing"
        ):
            return beginning, of_beginning(fields)
        case "payment_intent.canceled":
            return ("void", of_void(fields)) if manual else ("charge", of_beginning(fields))
        case "refund.created" | "refund.updated" | "refund.failed":
            return "refund", of_refund(fields)
        case (
            "charge.dispute.created"
            | "charge.dispute.updated"
            | "charge.dispute.closed"
            | "charge.dispute.funds_withdrawn"
            | "charge.dispute.funds_reinstated"
        ):
            return "dispute", dispute_of(fields)
    return None
