"""Contracts as JSON Schema (draft 2020-12), for readers in other languages."""

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
    """Name the schema of a message.

    :param base: the address under which the schemas are served; a URN without one.
    """
    return f"{base}{name}.v{version}.json" if base else f"urn:message:{name}:v{version}"


def schema_of(contract: type[Contract], *, base: str = "") -> dict[str, Any]:
    """Describe the payload of a contract's present version."""
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
    """Yield a struct and those that its fields are made of."""
    if isinstance(described, StructType):
        yield described
        for field in described.fields:
            yield from structs_of(field.type)
    elif isinstance(described, ListType | VarTupleType):
        yield from structs_of(described.item_type)
    elif isinstance(described, UnionType):
        for each in described.types:
            yield from structs_of(each)
