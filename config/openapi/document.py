"""What every operation of the API has in common, written into its OpenAPI document once."""

from collections.abc import Iterator, Mapping
from typing import Any

from config.http.problems import CONTENT_TYPE
from outbox.consistency import HEADER

ERROR = {
    "type": "object",
    "required": ["detail"],
    "properties": {
        "pointer": {"type": "string", "description": "Where in the body, as a JSON Pointer."},
        "parameter": {"type": "string", "description": "Which query parameter."},
        "detail": {"type": "string"},
    },
}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "The kind, stable."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do about it."},
        "instance": {"type": "string", "format": "uri-reference"},
        "request_id": {"type": "string", "description": "As in `X-Request-ID`; name it to us."},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemError"}},
    },
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 8, "maxLength": 255, "pattern": "^[!#-\\[\\]-~]+$"},
    "description": (
        "Makes the request safe to repeat: the same key with the same body is done once, and "
        "answered as it was the first time. Take a new UUID per order, not per try."
    ),
}
MEANINGS = {
    "400": "The request cannot be used as it is.",
    "401": "No valid token came with the request.",
    "403": "Whoever asks may not do this.",
    "404": "There is no such thing, or it is somebody else's.",
    "409": "A request with this key is under way, or things are not as the request takes them.",
    "412": "A condition does not hold: what there is to read is not what the request names.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "429": "Too many requests of one user: come back after as many seconds as Retry-After says.",
    "422": "The request is well formed, but cannot be done.",
    "500": "The server failed: a POST is safe to repeat with its Idempotency-Key.",
    "503": "The database is away or takes no writes: come back as Retry-After says.",
}
TOLD = frozenset({"enum", "format"})
"""What says of a text by itself that it cannot be empty."""
OF_EVERY_OPERATION = ("400", "401", "403", "429", "500", "503")
OF_A_BODY = ("413", "415", "422")


def describe_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add to each operation its problems and its headers; drf-spectacular calls this last."""
    result["components"]["schemas"] |= {"Problem": PROBLEM, "ProblemError": ERROR}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            codes = [*OF_EVERY_OPERATION]
            codes += ["404"] if "{" in path else []
            codes += ["412"] if _has_conditions(operation) else []
            codes += OF_A_BODY if "requestBody" in operation else []
            if method == "post":
                codes += ["409"]
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
            operation["responses"] |= {code: _problem(MEANINGS[code]) for code in codes}
    return result


def describe_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Describe what requests are refused for: unknown fields, and filters without a value."""
    schemas = result["components"]["schemas"]
    operations = [each for path in result["paths"].values() for each in path.values()]
    taken = {name for each in operations for name in _named_in(each.get("requestBody"), schemas)}
    for name in taken:
        if schemas[name]["type"] == "object":
            schemas[name]["additionalProperties"] = False
            # Generators of clients take a field with a default for one that is always there.
            for field in schemas[name].get("properties", {}).values():
                field.pop("default", None)
    for parameter in (each for operation in operations for each in operation.get("parameters", ())):
        schema = parameter["schema"]
        if parameter["in"] == "query" and schema["type"] == "string" and not schema.keys() & TOLD:
            schema["minLength"] = 1
    return result


def _named_in(part: Any, schemas: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the schemas that a part of the document is made of."""
    if isinstance(part, Mapping):
        if "$ref" in part:
            name = part["$ref"].rpartition("/")[2]
            yield name
            yield from _named_in(schemas.get(name), schemas)
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _named_in(inner, schemas)


def _has_conditions(operation: Mapping[str, Any]) -> bool:
    conditions = {HEADER, "If-Match", "If-None-Match"}
    return any(each["name"] in conditions for each in operation.get("parameters", ()))


def _problem(meaning: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": meaning, "content": {CONTENT_TYPE: {"schema": schema}}}
