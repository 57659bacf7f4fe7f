"""Compare the contracts of an earlier release with those of this code.

Rows of the earlier release stay in the log, and during a deployment its workers read what this code
publishes. So a version may change in ways that both sides can read, and in no others.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from outbox.contracts.schemas import schema_of
from outbox.kit.json_schemas import Side, unreadable
from outbox.messages import Contract, context_of, type_of, upcaster_of

Catalogue = Mapping[str, Mapping[str, Any]]
"""Schemas by name and version, such as ``OrderPlaced.v1``, as ``export_schemas`` prints them."""


class NoCatalogue(ValueError):
    """The file is not what ``export_schemas`` prints."""


def breaks(old: Catalogue) -> Iterator[str]:
    """Yield what this code breaks, in words.

    :raises NoCatalogue: a name or a schema has another form.
    """
    for key, schema in sorted(old.items()):
        name, _, version = key.rpartition(".v")
        if not name or not version.isdecimal() or "$defs" not in schema:
            raise NoCatalogue(f"{key!r} is no message with its version: use export_schemas")
        contract = type_of.get(name)
        if contract is None:
            yield f"{name} is gone: rows of it could not be read; keep its class"
        else:
            yield from (f"{key}: {each}" for each in _breaks_of(contract, int(version), schema))


def _breaks_of(contract: type[Contract], version: int, schema: Mapping[str, Any]) -> Iterator[str]:
    if contract.version < version:
        yield f"it is at version {contract.version} now: versions only rise"
    elif contract.version > version:
        for each in range(version, contract.version):
            if (contract.__name__, each) not in upcaster_of:
                where = f"{context_of(contract)}/upcasters.py"
                yield f"version {each} has no upcaster: write one in {where}"
    else:
        new = schema_of(contract)
        past, present = _side(schema), _side(new)
        for complaint in unreadable(past, present):
            yield f"{complaint} (rows that are there): give it a default, or a new version"
        for complaint in unreadable(_complete(present), past):
            yield f"{complaint} (workers of the earlier release): make it a new version"


def _side(schema: Mapping[str, Any]) -> Side:
    return Side(schema, schema)


def _complete(side: Side) -> Side:
    """Return what is really written: every field, also those with a default."""
    definitions = {
        name: {**each, "required": list(each.get("properties", ()))}
        for name, each in side.document["$defs"].items()
    }
    return _side({**side.document, "$defs": definitions})
