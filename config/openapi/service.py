"""Add tags and headers to the OpenAPI document, and tidy its components."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from inspect import getdoc
from typing import Any, Final

TAGS: Final = {
    "orders": "Place, follow, cancel and return orders.",
    "shipments": "Pack the goods of orders, and send them.",
    "returns": "Receive the goods of returns, or give the returns up.",
    "account": "Sign up, sign in and out, and change the password.",
    "service tokens": "With which the server of a storefront acts for its customers.",
    "products": "What is for sale.",
    "customers": "The customers of the shop.",
    "addresses": "Where a customer's parcels and bills go.",
    "refunds": "Refunds without a return of goods.",
    "payments": "Payments with their ledgers, and the gateways' webhooks.",
    "stock": "Stock levels, and corrections of them.",
    "reports": "Sums over many orders.",
    "operations": "Messages that are owed, and dead letters.",
    "webhook endpoints": "Where other systems receive events.",
}
HEADERS: Final = {
    "X-Request-ID": "The id of the request: the client's own, if it has sent one.",
    "Retry-After": "Seconds after which to send the request again.",
    "Idempotent-Replayed": "`true` if this answer repeats an earlier one, for the same key.",
    "RateLimit": 'Requests that are left, and seconds until all are: `"user";r=99;t=60`.',
    "RateLimit-Policy": 'Requests of a user or token, in how many seconds: `"user";q=600;w=60`.',
    "Preference-Applied": "`wait=N` if the answer waited until the order had ended.",
}
NUMBERS: Final = frozenset({"Retry-After"})
REASONS: Final = "ReasonCode"


def describe_service(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add tags and headers; a hook of drf-spectacular."""
    operations = [each for path in result["paths"].values() for each in path.values()]
    used = sorted({tag for operation in operations for tag in operation["tags"]})
    result["tags"] = [{"name": tag, "description": _meaning(tag)} for tag in used]
    result["components"]["headers"] = {
        name: {"description": text, "schema": {"type": "integer" if name in NUMBERS else "string"}}
        for name, text in HEADERS.items()
    }
    for method, operation in _with_methods(result):
        operation.setdefault("description", f"{operation['summary']}.")
        for status, response in operation["responses"].items():
            for name in _headers_of(method, operation, status):
                response.setdefault("headers", {})[name] = {"$ref": f"#/components/headers/{name}"}
    return result


def _meaning(tag: str) -> str:
    """Describe a tag; that of a context of one's own is its name, and its docstring says it."""
    return TAGS[tag] if tag in TAGS else getdoc(import_module(tag)) or tag


def share_reason_codes(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Give every ``reason_code`` one type; drf-spectacular makes one per serializer."""
    schemas = result["components"]["schemas"]
    reasons = schemas.pop("ReasonCodeEnum")["enum"]
    schemas[REASONS] = {
        "type": "string",
        "enum": [*reasons, ""],
        "description": "Why an order was cancelled; empty if it was not.",
    }
    reason = {"$ref": f"#/components/schemas/{REASONS}"}
    for schema in schemas.values():
        if "reason_code" in schema.get("properties", {}):
            schema["properties"]["reason_code"] = reason
    return result


def remove_unused_components(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Remove components that nothing refers to."""
    components = result["components"]
    reached: set[str] = set()
    waiting = list(_named_in(result["paths"]))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            kind, key = name.split("/")[2:]
            waiting += _named_in(components[kind][key])
    for kind in ("schemas", "headers", "examples"):
        there = components[kind].items()
        components[kind] = {
            key: each for key, each in there if f"#/components/{kind}/{key}" in reached
        }
    return result


def _with_methods(result: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for operations in result["paths"].values():
        yield from operations.items()


def _headers_of(method: str, operation: Mapping[str, Any], status: str) -> Iterator[str]:
    yield "X-Request-ID"
    if status in {"429", "503"}:
        yield "Retry-After"
    if status.startswith("2") or status == "429":
        yield from ("RateLimit", "RateLimit-Policy")
    if method == "post" and status.startswith("2"):
        yield "Idempotent-Replayed"
    asks = {each["name"] for each in operation.get("parameters", ())}
    if "Prefer" in asks and status in {"200", "201"}:
        yield "Preference-Applied"


def _named_in(part: Any) -> Iterator[str]:
    """Yield the references in a part of the document."""
    if isinstance(part, Mapping):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _named_in(inner)
