"""Compare JSON Schemas: what one side may write that the other cannot read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Schema = Mapping[str, Any]

_UPPER: Final = ("maxLength", "maximum", "exclusiveMaximum", "maxItems")
_LOWER: Final = ("minLength", "minimum", "exclusiveMinimum", "minItems")
_SAME: Final = ("format", "pattern", "const")
_DEEPEST: Final = 12
"""Levels of nested schemas; one that contains itself ends here."""


@dataclass(frozen=True, slots=True)
class Side:
    """A schema, and the document in which its references are looked up."""

    schema: Schema
    document: Schema

    def at(self, schema: Schema | None) -> "Side":
        """Return another schema of the same document, its reference resolved."""
        found: Any = schema if schema is not None else {}
        while "$ref" in found:
            reference, found = found["$ref"], self.document
            for part in reference.removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
        return Side(found, self.document)

    def variants(self) -> "list[Side]":
        """Return the alternatives of a schema, each with its types told apart."""
        here = self.at(self.schema)
        for word in ("anyOf", "oneOf"):
            if word in here.schema:
                return [one for each in here.schema[word] for one in here.at(each).variants()]
        if len(here.schema.get("allOf", ())) == 1:
            return here.at(here.schema["allOf"][0]).variants()
        kinds = here.schema.get("type")
        if isinstance(kinds, list):
            return [here.at({**here.schema, "type": kind}) for kind in kinds]
        return [here]


def unreadable(writer: Side, reader: Side, where: str = "", depth: int = 0) -> Iterator[str]:
    """Yield what the writer may write that the reader cannot read, in words."""
    if depth > _DEEPEST:
        return
    readers = reader.variants()
    for each in writer.variants():
        complaints = [list(_of_one(each, one, where, depth)) for one in readers]
        if all(complaints):
            yield from min(complaints, key=len)


def _of_one(writer: Side, reader: Side, where: str, depth: int) -> Iterator[str]:
    old, new = writer.schema, reader.schema
    named = where or "it"
    if "type" in new and not _is_kind(old, new["type"]):
        yield f"{named} may be {old.get('type', 'anything')}, where {new['type']} is read"
        return
    if "enum" in new or "const" in new:
        read = new.get("enum", [new.get("const")])
        written = old.get("enum", [old["const"]] if "const" in old else None)
        if written is None:
            yield f"{named} may be anything, where {_list(read)} is read"
        elif unknown := [value for value in written if value not in read]:
            yield f"{named} may be {_list(unknown)}, which is not read"
    yield from _bounds(old, new, named)
    yield from _properties(writer, reader, where, depth)
    if "items" in new and isinstance(new["items"], Mapping):
        items = old.get("items")
        yield from unreadable(writer.at(items), reader.at(new["items"]), f"{where}[]", depth + 1)
    for place, item in enumerate(new.get("prefixItems", ())):
        parts = old.get("prefixItems", ())
        part = parts[place] if place < len(parts) else None
        yield from unreadable(writer.at(part), reader.at(item), f"{where}[{place}]", depth + 1)


def _properties(writer: Side, reader: Side, where: str, depth: int) -> Iterator[str]:
    written, read = (side.schema.get("properties", {}) for side in (writer, reader))
    always = writer.schema.get("required", ())
    for name in reader.schema.get("required", ()):
        if name not in always:
            yield f"{where}.{name} may be missing, where it is required".lstrip(".")
    for name in written:
        place = f"{where}.{name}".lstrip(".")
        if name in read:
            yield from unreadable(writer.at(written[name]), reader.at(read[name]), place, depth + 1)
        elif reader.schema.get("additionalProperties") is False:
            yield f"{place} may be there, where it is refused"


def _bounds(old: Schema, new: Schema, named: str) -> Iterator[str]:
    for word in _SAME:
        if word != "const" and word in new and old.get(word) != new[word]:
            yield f"{named} has {word} {old.get(word)}, where {new[word]} is read"
    for words, sign in ((_UPPER, 1), (_LOWER, -1)):
        for word in words:
            if word in new and (word not in old or sign * (old[word] - new[word]) > 0):
                yield f"{named} has {word} {old.get(word)}, where {new[word]} is read"


def _is_kind(old: Schema, kind: str) -> bool:
    if "type" not in old:
        values: Sequence[Any] = old.get("enum", [old["const"]] if "const" in old else ())
        return bool(values) and kind == "string" and all(isinstance(v, str) for v in values)
    return old["type"] == kind or (old["type"], kind) == ("integer", "number")


def _list(values: Sequence[Any]) -> str:
    return ", ".join(map(repr, values))
