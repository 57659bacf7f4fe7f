"""Add an example to every body in the OpenAPI document that has none, made from its schema."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from config.http.problem_pages import kinds
from config.http.problems import CONTENT_TYPE

BY_NAME: Final = {
    "sku": "MUG-01",
    "name": "Mug",
    "payment_method": "pm_card_visa",
    "currency": "GBP",
    "country": "GB",
    "email": "ada@shop.example",
    "reason": "damaged on its way",
    "instance": "/api/v1/orders",
}
BY_FORMAT: Final = {
    "uuid": "01936f2e-8b1c-7c3d-9a4e-5f60718293a4",
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "email": "ada@shop.example",
    "uri": "https://shop.example/api/v1/orders?cursor=WyJ4Il0",
}


def add_examples(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the missing examples; a hook of drf-spectacular."""
    result["components"]["examples"] = dict(_problems())
    for status, content_type, media in _bodies(result):
        if "examples" in media or "example" in media or "schema" not in media:
            continue
        if content_type == CONTENT_TYPE:
            media["examples"] = {
                name: {"$ref": f"#/components/examples/{name}"}
                for name, example in result["components"]["examples"].items()
                if str(example["value"]["status"]) == status
            }
        else:
            media["example"] = _example(media["schema"], result["components"]["schemas"])
    return result


def _bodies(result: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the status (empty for a request), media type and description of every body."""
    for operations in result["paths"].values():
        for operation in operations.values():
            bodies = {"": operation.get("requestBody", {}), **operation["responses"]}
            for status, body in bodies.items():
                for content_type, media in body.get("content", {}).items():
                    yield status, content_type, media


def _problems() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield an example of every kind of problem by its name."""
    for kind in kinds().values():
        value = {
            "type": kind.type,
            "title": kind.title,
            "status": kind.status,
            "detail": kind.meaning,
            "instance": BY_NAME["instance"],
            "request_id": BY_FORMAT["uuid"],
        }
        yield kind.type.rpartition("/")[2], {"summary": kind.title, "value": value}


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "") -> Any:
    while "$ref" in schema or "allOf" in schema or "oneOf" in schema:
        inner = (schema.get("allOf") or schema.get("oneOf") or [schema])[0]
        schema = schemas[inner["$ref"].rpartition("/")[2]] if "$ref" in inner else inner
    kind = schema.get("type", "object")
    if "enum" in schema:
        return schema["enum"][0]
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            properties = schema.get("properties", {})
            return {each: _example(inner, schemas, each) for each, inner in properties.items()}
        case "array":
            return [_example(schema["items"], schemas, name)]
        case "integer" | "number":
            return max(schema.get("minimum", 0), 1)
        case "boolean":
            return False
    return BY_FORMAT.get(schema.get("format", "")) or BY_NAME.get(name, "text")
