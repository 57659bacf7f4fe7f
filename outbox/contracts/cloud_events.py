"""Export messages as CloudEvents 1.0 in structured mode.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md, with the documented extensions
``traceparent`` (distributed tracing), ``sequence``, ``correlationid`` and ``causationid``.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from outbox.contracts.schemas import schema_uri
from outbox.messages import Event, type_of
from outbox.models import Message

DIGITS = 10
"""Of a sequence as text, so that it sorts as a number: PostgreSQL's integers have ten at most."""


def cloud_event(message: Message, *, source: str = "", schemas: str = "") -> dict[str, Any]:
    """Return a message as a CloudEvent; its payload is the data.

    :param source: prefix of the context in ``source``, such as ``https://shop.example``.
    :param schemas: the URL under which the JSON Schemas are served.
    """
    attributes = {
        "specversion": "1.0",
        "id": str(message.id),
        "source": f"{source}/{message.context}",
        "type": message.type,
        "subject": str(message.correlation_id),
        "time": message.recorded_at.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": schema_uri(message.type, message.version, base=schemas),
        "sequence": f"{message.sequence:0{DIGITS}}",
        "correlationid": str(message.correlation_id),
    }
    if message.causation_id:
        attributes["causationid"] = str(message.causation_id)
    if message.traceparent:
        attributes["traceparent"] = message.traceparent
    return {**attributes, "data": message.payload}


def recorded_events(
    *, since: datetime | None = None, conversation: UUID | None = None
) -> Iterator[Message]:
    """Read events from the log in the order in which they were recorded.

    Do not follow the log with this: an open transaction may yet commit events with earlier times.
    Use a subscriber.
    """
    events = [name for name, contract in type_of.items() if issubclass(contract, Event)]
    found = Message.objects.filter(type__in=events).order_by("recorded_at", "sequence")
    if since is not None:
        found = found.filter(recorded_at__gte=since)
    if conversation is not None:
        found = found.filter(correlation_id=conversation)
    with transaction.atomic():
        yield from found.iterator()
