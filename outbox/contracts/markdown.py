"""Write the map of messages and their contracts as Markdown, with a Mermaid diagram per flow."""

import inspect
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from msgspec import NODEFAULT
from msgspec.inspect import (
    Field,
    ListType,
    StructType,
    Type,
    UnionType,
    VarTupleType,
    type_info,
)

from outbox.contracts.message_map import Route, flows, known_contracts, routes
from outbox.contracts.schemas import structs_of
from outbox.messages import Contract, context_of
from outbox.registry import OutsideSubscriber, subscribers

HEADER = """\
# Messages

Written by `manage.py describe_messages` from the code; a test compares. Handlers declare what they
may publish (`@on(ChargePayment, publishes=[…])`); tests compare that with the log. `manage.py
export_schemas` writes these contracts as JSON Schema, `manage.py export_events` the log's events as
CloudEvents.

## Changing a contract

Messages stay in the log, so later code has to read them; and during a deployment old code reads
what new code has published.

- **Without a new version**: add or remove a field that has a default.
- **With a new version** (`version = 2` in the class): everything else. A function with
  `@upcasts(TheMessage, version=1)` in the context's `upcasters.py` turns a payload of version 1
  into one of version 2; older rows pass through one after the other. `manage.py check` and a test
  ask for it, and for an example of every version in `tests/contracts/examples`.
- **Never** rename a message or a subscriber: rows contain both names.

A message whose name or version the code does not know is retried for about an hour, in case a
deployment is under way, and is then a dead letter."""


def describe() -> list[str]:
    """Return the lines of the whole page."""
    lines = [HEADER]
    for flow in flows():
        lines += ["", f"## Flow `{flow}`", "", *describe_flow(flow)]
    lines += ["", "## Subscribers", "", *_subscribers()]
    contracts = known_contracts()
    for context, of_context in groupby(contracts, context_of):
        lines += ["", f"## Contracts of {context}", *_contracts(list(of_context))]
    return lines


def describe_flow(flow: str) -> list[str]:
    """Return the lines of one flow: the diagram, then the table."""
    found = routes(flow)
    return ["```mermaid", *_diagram(found), "```", "", *_table(found)]


def _diagram(found: Iterable[Route]) -> Iterator[str]:
    """Draw publishers and subscribers; origins are round, and parallel messages share an arrow."""
    names: dict[tuple[str, str], list[str]] = {}
    for route in found:
        for publisher in route.publishers:
            for subscriber in route.subscribers:
                names.setdefault((publisher, subscriber), []).append(route.contract.__name__)
    yield "flowchart LR"
    for publisher in sorted({publisher for publisher, _ in names} - subscribers.keys()):
        yield f"    {_node(publisher)}([{publisher}])"
    for (publisher, subscriber), messages in names.items():
        yield f"    {_node(publisher)} -->|{'<br>'.join(messages)}| {_node(subscriber)}"


def _node(name: str) -> str:
    return name.replace(".", "_")


def _table(found: Iterable[Route]) -> Iterator[str]:
    yield "| message | published by | received by |"
    yield "|---|---|---|"
    for route in found:
        link = f"[{route.contract.__name__}](#{route.contract.__name__.lower()})"
        yield f"| {link} | {_words(route.publishers)} | {_words(route.subscribers) or 'none'} |"


def _subscribers() -> Iterator[str]:
    yield "| subscriber | receives | where it works | tries |"
    yield "|---|---|---|---|"
    for name, subscriber in sorted(subscribers.items()):
        received = _words(sorted(contract.__name__ for contract in subscriber.subscriptions))
        calls = isinstance(subscriber, OutsideSubscriber)
        where = "outside, no transaction open" if calls else "in the transaction that settles it"
        yield f"| `{name}` | {received or 'switched off'} | {where} | {subscriber.retry.attempts} |"


def _contracts(contracts: Iterable[type[Contract]]) -> Iterator[str]:
    parts: dict[str, StructType] = {}
    for contract in contracts:
        yield from ("", f"### {contract.__name__}", "")
        yield f"*{contract.kind.capitalize()}, version {contract.version}.* {_docstring(contract)}"
        described, *inner = structs_of(type_info(contract))
        yield from ("", *_fields(described))
        parts |= {part.cls.__name__: part for part in inner}
    for name, part in sorted(parts.items()):
        yield from ("", f"### {name}", "", f"*Part of messages.* {_docstring(part.cls)}", "")
        yield from _fields(part)


def _docstring(struct: type) -> str:
    text = re.sub("``", "`", inspect.getdoc(struct) or "")
    return re.sub(r"^:ivar (\w+):", r"- `\1`:", text, flags=re.MULTILINE)


def _fields(struct: StructType) -> Iterator[str]:
    yield "| field | type | default |"
    yield "|---|---|---|"
    for field in struct.fields:
        yield f"| `{field.encode_name}` | {_type(field.type)} | {_default(field)} |"


def _default(field: Field) -> str:
    if field.required:
        return "none"
    return f"`{field.default!r}`" if field.default is not NODEFAULT else "empty"


def _type(described: Type) -> str:
    if isinstance(described, StructType):
        name = described.cls.__name__
        return f"[{name}](#{name.lower()})"
    if isinstance(described, ListType | VarTupleType):
        return f"list of {_type(described.item_type)}"
    if isinstance(described, UnionType):
        return " or ".join(_type(each) for each in described.types)
    return type(described).__name__.removesuffix("Type").lower()


def _words(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
