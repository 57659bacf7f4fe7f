"""The webhooks of the sandbox: events as JSON, signed as Stripe signs its own.

{"id": "evt_...", "type": "charge.succeeded", "created": 1795392994,
 "data": {"key": "...", "order_id": "...", "reference": "...", "amount": 1250, "code": ""}}
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

import msgspec

from payments.gateways import signature
from payments.gateways.port import Declined, Entry, Notice, Succeeded, Unreadable

HEADER = "Sandbox-Signature"


class _Data(msgspec.Struct):
    key: str
    order_id: str
    reference: str
    amount: int
    code: str = ""


class _Event(msgspec.Struct):
    id: str
    type: str
    created: float
    data: _Data


def body_of(entry: Entry) -> bytes:
    """Put an entry of the book into an event; the same entry is always the same event."""
    return msgspec.json.encode(
        _Event(
            id=f"evt_{uuid5(NAMESPACE_URL, entry.key).hex}",
            type=f"{entry.kind}.succeeded",
            created=entry.made_at.timestamp(),
            data=_Data(entry.key, entry.order_id, entry.reference, entry.amount),
        )
    )


def headers_of(body: bytes, secret: str, at: float | None = None) -> dict[str, str]:
    """Sign an event; ``at`` is in seconds since 1970, now by default."""
    return {"Content-Type": "application/json", HEADER: signature.sign(body, secret, at)}


def read(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> Notice:
    """Check the signature of an event and read it.

    :raises Forged: it is not signed, or not now.
    :raises Unreadable: it has not the form of an event.
    """
    signature.check(body, headers.get(HEADER, ""), secrets)
    try:
        event = msgspec.json.decode(body, type=_Event)
        happened_at = datetime.fromtimestamp(event.created, tz=UTC)
    except (msgspec.DecodeError, ValueError, OverflowError) as error:
        raise Unreadable(f"this is no event of the sandbox: {error}") from error
    kind, _, outcome = event.type.partition(".")
    data = event.data
    results: dict[str, Succeeded | Declined] = {
        "succeeded": Succeeded(data.reference, data.amount),
        "declined": Declined(data.code),
    }
    return Notice(
        event_id=event.id,
        type=event.type,
        kind=kind,
        key=data.key,
        order_id=data.order_id,
        result=results.get(outcome),
        happened_at=happened_at,
    )
