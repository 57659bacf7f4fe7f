"""The webhooks of the sandbox: JSON events, signed by Stripe's scheme.

{"id": "evt_...", "type": "charge.succeeded", "created": 1795392994,
 "data": {"key": "...", "order_id": "...", "reference": "...", "amount": 1250, "code": ""}}

A charge that the customer or the bank had to settle is ``succeeded``, ``declined`` or, once the
bank has accepted it, ``processing``. ``about`` is the reference of the payment. Operations that we
did not request have it instead of key and order; so do disputes (``dispute.needs_answer``,
``.under_review``, ``.won``, ``.lost``), which also have ``answer_by`` in seconds since 1970.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

import msgspec

from payments.gateways import signature
from payments.gateways.port import (
    BookEntry,
    Declined,
    Disputed,
    Notice,
    Processing,
    Stage,
    Succeeded,
    Unreadable,
)
from payments.gateways.sandbox.book import PROCESSING, WaitingEntry

HEADER = "Sandbox-Signature"


class _Data(msgspec.Struct):
    key: str
    order_id: str
    reference: str
    amount: int
    code: str = ""
    currency: str = ""
    about: str = ""
    answer_by: float | None = None
    saved_for: str = ""


class _Event(msgspec.Struct):
    id: str
    type: str
    created: float
    data: _Data


def body_of(entry: BookEntry) -> bytes:
    """Encode an entry of the book as an event; the same entry always gets the same event id."""
    return msgspec.json.encode(
        _Event(
            id=f"evt_{uuid5(NAMESPACE_URL, entry.key).hex}",
            type=f"{entry.kind}.succeeded",
            created=entry.made_at.timestamp(),
            data=_Data(
                entry.key,
                entry.order_id,
                entry.reference,
                entry.amount,
                currency=entry.currency,
                about=entry.about,
            ),
        )
    )


def body_of_answer(entry: WaitingEntry) -> bytes:
    """Encode what became of an entry that the customer or the bank had to settle."""
    outcome = {"": "succeeded", PROCESSING: "processing"}.get(entry.state, "declined")
    name = entry.key if outcome == "succeeded" else f"{entry.key} {outcome}"
    return msgspec.json.encode(
        _Event(
            id=f"evt_{uuid5(NAMESPACE_URL, name).hex}",
            type=f"{entry.kind}.{outcome}",
            created=time.time(),
            data=_Data(
                entry.key,
                entry.order_id,
                "" if outcome == "declined" else entry.key,
                entry.amount,
                code=entry.state if outcome == "declined" else "",
                currency=entry.currency,
                about=entry.key,
                saved_for=entry.saved_for,
            ),
        )
    )


def headers_of(body: bytes, secret: str, at: float | None = None) -> dict[str, str]:
    """Sign an event; ``at`` is in seconds since 1970, now by default."""
    return {"Content-Type": "application/json", HEADER: signature.sign(body, secret, at)}


def read(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> Notice:
    """Verify the signature of an event and read it.

    :raises Forged: it is not signed, or not within the last minutes.
    :raises Unreadable: it has not the form of an event.
    """
    signature.check(body, headers.get(HEADER, ""), secrets)
    try:
        return _notice(msgspec.json.decode(body, type=_Event))
    except (msgspec.DecodeError, ValueError, OverflowError, OSError) as error:
        raise Unreadable(f"this is no event of the sandbox: {error}") from error


def _notice(event: _Event) -> Notice:
    kind, _, outcome = event.type.partition(".")
    data = event.data
    return Notice(
        event_id=event.id,
        type=event.type,
        kind=kind,
        key=data.key,
        order_id=data.order_id,
        result=_result(outcome, data),
        happened_at=datetime.fromtimestamp(event.created, tz=UTC),
        about=data.about,
        dispute=_dispute(outcome, data) if kind == "dispute" else None,
    )


def _result(outcome: str, data: _Data) -> Succeeded | Declined | Processing | None:
    match outcome:
        case "succeeded":
            return Succeeded(data.reference, data.amount, data.currency, data.saved_for)
        case "declined" | "failed":
            return Declined(data.code, data.reference)
        case "processing":
            return Processing(data.reference)
    return None


def _dispute(stage: str, data: _Data) -> Disputed:
    return Disputed(
        reference=data.reference,
        amount=data.amount,
        currency=data.currency,
        reason=data.code,
        stage=Stage(stage),
        answer_by=None
        if data.answer_by is None
        else datetime.fromtimestamp(data.answer_by, tz=UTC),
    )
