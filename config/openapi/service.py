"""What the OpenAPI document says of the service as a whole, and of every answer's headers."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

TAGS: Final = {
    "orders": "Place orders, follow and cancel them, send goods back.",
    "products": "What is for sale.",
    "customers": "Whoever buys.",
    "refunds": "Money that goes back while the goods stay.",
    "payments": "What was taken and given back, with its ledger; and the gateways' webhooks.",
    "stock": "What is there, and corrections of it.",
    "reports": "Sums over many orders.",
    "operations": "What is owed of messages, and what was given up.",
}
HEADERS: Final = {
    "X-Request-ID": "The name of the request: the client's own, if it has sent one.",
    "Retry-After": "After how many seconds to come again.",
    "Idempotent-Replayed": "`true` where the answer was given before, to the same key.",
    "Preference-Applied": "`wait=N` where the answer was held back until the order had ended.",
}
NUMBERS: Final = frozenset({"Retry-After"})
REASONS: Final = "ReasonCode"


def describe_service(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add servers, tags and headers; drf-spectacular calls this when operations are complete."""
    operations = [each for path in result["paths"].values() for each in path.values()]
    used = sorted({tag for operation in operations for tag in operation["tags"]})
    result["tags"] = [{"name": tag, "description": TAGS[tag]} for tag in used]
    result["components"]["headers"] = {
        name: {"description": told, "schema": {"type": "integer" if name in NUMBERS else "string"}}
        for name, told in HEADERS.items()
    }
    for method, operation in _with_methods(result):
        operation.setdefault("description", f"{operation['summary']}.")
        for status, response in operation["responses"].items():
            for name in _headers_of(method, operation, status):
                response.setdefault("headers", {})[name] = {"$ref": f"#/components/headers/{name}"}
    return result


def tell_reasons_once(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Give every ``reason_code`` one type; drf-spectacular makes one per serializer."""
    schemas = result["components"]["schemas"]
    reasons = schemas.pop("ReasonCodeEnum")["enum"]
    schemas[REASONS] = {
        "type": "string",
        "enum": [*reasons, ""],
        "description": "Why an order was cancelled; empty where it was not.",
    }
    reason = {"$ref": f"#/components/schemas/{REASONS}"}
    for schema in schemas.values():
        if "reason_code" in schema.get("properties", {}):
            schema["properties"]["reason_code"] = reason
    return result


def leave_out_what_nobody_uses(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Remove components that nothing leads to any more."""
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
    if method == "post" and status.startswith("2"):
        yield "Idempotent-Replayed"
    asks = {each["name"] for each in operation.get("parameters", ())}
    if "Prefer" in asks and status in {"200", "201"}:
        yield "Preference-Applied"


def _named_in(part: Any) -> Iterator[str]:
    """Yield what a part of the document refers to."""
    if isinstance(part, Mapping):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _named_in(inner)
