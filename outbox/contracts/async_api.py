"""Describe what other systems can receive as webhooks, as an AsyncAPI 3.0 document.

https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

from collections.abc import Iterable
from inspect import cleandoc
from typing import Any, Final

import yaml

from outbox.contracts.schemas import schema_of
from outbox.messages import Contract, type_of
from outbox.webhooks.endpoints import events_to_choose

VERSION: Final = "3.0.0"
SCHEMAS: Final = "#/components/schemas/"

HEADERS: Final = {
    "type": "object",
    "required": ["webhook-id", "webhook-timestamp", "webhook-signature"],
    "properties": {
        "webhook-id": {
            "type": "string",
            "format": "uuid",
            "description": "The message's id, the same at every attempt.",
        },
        "webhook-timestamp": {
            "type": "string",
            "pattern": "^[0-9]+$",
            "description": "Seconds since 1970, of this attempt.",
        },
        "webhook-signature": {
            "type": "string",
            "description": "`v1,` and base64 of HMAC-SHA256, one for each secret, between spaces.",
        },
    },
}


def written() -> str:
    """Return the document as YAML."""
    text: str = yaml.safe_dump(async_api(), sort_keys=False, allow_unicode=True, width=100)
    return text


def async_api() -> dict[str, Any]:
    """Return the document."""
    names = events_to_choose()
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Orders: events",
            "version": "1",
            "description": (
                "Events that are sent to webhook endpoints, signed by the Standard Webhooks "
                "specification. The events of one order arrive in order, each at least once."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {
            "endpoint": {
                "address": None,
                "title": "A webhook endpoint",
                "description": "The address that staff have given to the endpoint.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
                "bindings": {"http": {}},
            }
        },
        "operations": {
            "sendEvent": {
                "action": "send",
                "channel": {"$ref": "#/channels/endpoint"},
                "summary": "Send an event to each endpoint that has chosen it.",
                "description": "POST; an answer of 2xx means that it was accepted.",
                "bindings": {"http": {"method": "POST"}},
                "messages": [{"$ref": f"#/channels/endpoint/messages/{name}"} for name in names],
            }
        },
        "components": {
            "messages": {name: _message(name) for name in names},
            "schemas": {"WebhookHeaders": HEADERS, **_schemas(names)},
        },
    }


def _message(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "title": name,
        "summary": _sentence(type_of[name]),
        "headers": {"$ref": "#/components/schemas/WebhookHeaders"},
        "payload": {
            "type": "object",
            "required": ["type", "timestamp", "data"],
            "properties": {
                "type": {"type": "string", "const": name},
                "timestamp": {
                    "type": "string",
                    "format": "date-time",
                    "description": "When the event was recorded.",
                },
                "data": {"$ref": f"{SCHEMAS}{name}"},
            },
        },
    }


def _schemas(names: Iterable[str]) -> dict[str, Any]:
    """Return the schemas of events, and of the parts that they share, by name."""
    found: dict[str, Any] = {}
    for name in names:
        found |= schema_of(type_of[name])["$defs"]
    return {name: _placed(found[name]) for name in sorted(found)}


def _placed(part: Any) -> Any:
    """Return a part of a schema with its references as the document places them."""
    if isinstance(part, dict):
        return {key: _placed(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_placed(each) for each in part]
    if isinstance(part, str):
        return cleandoc(part.replace("#/$defs/", SCHEMAS))
    return part


def _sentence(contract: type[Contract]) -> str:
    return cleandoc(contract.__doc__ or contract.__name__).splitlines()[0]
