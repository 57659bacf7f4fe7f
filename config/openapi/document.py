"""Add to every operation of the OpenAPI document what all have in common."""

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
        "answered as it was the first time. Take a new UUID per order, not per attempt."
    ),
}
MEANINGS = {
    "400": "The request cannot be used as it is.",
    "401": "No valid token came with the request.",
    "403": "The user may not do this.",
    "404": "It does not exist, or belongs to another customer.",
    "409": "A request with this key is being answered, or the state does not allow the change.",
    "412": "A condition does not hold: the resource or the read model is not as the request names.",
    "413": "The body is too large.",
    "414": "The address is too long: shorten the query.",
    "415": "The body is not JSON.",
    "429": "Too many requests of one user: send it again after the seconds in Retry-After.",
    "422": "The request is well formed, but cannot be done.",
    "500": "The server failed: a POST is safe to repeat with its Idempotency-Key.",
    "503": "The database is unreachable or read-only: send it again as Retry-After says.",
}
NEVER_EMPTY = frozenset({"enum", "format"})
"""A text with one of these cannot be empty anyway."""
OF_EVERY_OPERATION = ("400", "401", "403", "429", "500", "503")
OF_A_BODY = ("413", "415", "422")


def describe_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add to each operation its problems and its headers; a hook of drf-spectacular."""
    result["components"]["schemas"] |= {"Problem": PROBLEM, "ProblemError": ERROR}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            # One that needs no authentication says so.
            operation.setdefault("security", [])
            codes = [*OF_EVERY_OPERATION]
            codes += ["404"] if "{" in path else []
            codes += ["412"] if _has_conditions(operation) else []
            codes += ["414"] if method == "get" else []
            codes += OF_A_BODY if "requestBody" in operation else []
            if method == "post":
                codes += ["409"]
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
            operation["responses"] |= {code: _problem(MEANINGS[code]) for code in codes}
    return result


def describe_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Declare that unknown fields and empty filters are refused."""
    schemas = result["components"]["schemas"]
    operations = [each for path in result["paths"].values() for each in path.values()]
    taken = {name for each in operations for name in _named_in(each.get("requestBody"), schemas)}
    for name in taken:
        if schemas[name]["type"] == "object":
            schemas[name]["additionalProperties"] = False
            # Client generators treat a field with a default as always present.
            for field in schemas[name].get("properties", {}).values():
                field.pop("default", None)
    for parameter in (each for operation in operations for each in operation.get("parameters", ())):
        schema = parameter["schema"]
        if (
            parameter["in"] == "query"
            and schema["type"] == "string"
            and not schema.keys() & NEVER_EMPTY
        ):
            schema["minLength"] = 1
    return result


def _named_in(part: Any, schemas: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the schemas that a part of the document refers to."""
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
