"""Export contracts as JSON Schema (draft 2020-12)."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.inspect import (
    DateTimeType,
    ListType,
    StructType,
    Type,
    UnionType,
    VarTupleType,
    type_info,
)

from outbox.messages import Contract


def schema_uri(name: str, version: int, *, base: str) -> str:
    """Return the URI of a message's schema.

    :param base: the URL under which the schemas are served; without one, the URI is a URN.
    """
    return f"{base}{name}.v{version}.json" if base else f"urn:message:{name}:v{version}"


def schema_of(contract: type[Contract], *, base: str = "") -> dict[str, Any]:
    """Return the schema of the payload of a contract's current version."""
    schema = msgspec.json.schema(contract)
    for struct in structs_of(type_info(contract)):
        properties = schema["$defs"][struct.cls.__name__]["properties"]
        for field in struct.fields:
            if isinstance(field.type, DateTimeType):
                properties[field.encode_name]["format"] = "date-time"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_uri(contract.__name__, contract.version, base=base),
        **schema,
    }


def structs_of(described: Type) -> Iterator[StructType]:
    """Yield a struct and those of its fields, recursively."""
    if isinstance(described, StructType):
        yield described
        for field in described.fields:
            yield from structs_of(field.type)
    elif isinstance(described, ListType | VarTupleType):
        yield from structs_of(described.item_type)
    elif isinstance(described, UnionType):
        for each in described.types:
            yield from structs_of(each)
