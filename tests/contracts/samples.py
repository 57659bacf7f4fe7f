"""A payload of a contract, made up from the types of its fields."""

import msgspec
from msgspec.inspect import (
    BoolType,
    DateTimeType,
    IntType,
    ListType,
    StructType,
    Type,
    UnionType,
    UUIDType,
    VarTupleType,
    type_info,
)

from outbox.messages import Contract, Payload

PLAIN: dict[type[Type], object] = {
    UUIDType: "0192e4a0-7c1e-7000-8000-000000000001",
    DateTimeType: "2026-11-22T12:00:00Z",
    IntType: 3,
    BoolType: True,
}


def sample(contract: type[Contract]) -> Payload:
    """Make up a payload that the contract accepts."""
    payload = _value("", type_info(contract))
    msgspec.convert(payload, contract)
    assert isinstance(payload, dict)
    return payload


def _value(name: str, described: Type) -> object:
    if isinstance(described, StructType):
        return {each.encode_name: _value(each.name, each.type) for each in described.fields}
    if isinstance(described, ListType | VarTupleType):
        return [_value(name, described.item_type)]
    if isinstance(described, UnionType):
        return _value(name, described.types[0])
    return PLAIN.get(type(described), f"some {name.replace('_', ' ')}")
