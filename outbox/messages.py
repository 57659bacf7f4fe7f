"""Typed contracts: what an event or a command looks like on the wire.

A row bears the name and the version of its contract for ever, and is read back by the code of any
later day. Adding a field that has a default, or taking one away, needs no new version: a payload
without it gets the default, a field that nobody knows is passed over, in old code as in new.
Whatever else changes (a field without a default, another name, type or meaning) makes a new
``version``, and ``upcasts`` says how a payload of the version before becomes one of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from outbox.retry import UnknownHere

M = TypeVar("M", bound="Contract")

Payload: TypeAlias = dict[str, Any]
"""The fields of a message as JSON has them: identifiers and times are texts."""

Upcaster: TypeAlias = Callable[[Payload], Payload]

type_of: dict[str, type["Contract"]] = {}
"""Every contract by its wire name."""

upcaster_of: dict[tuple[str, int], Upcaster] = {}
"""What makes the next version of a payload, by name and version."""


class UnknownMessage(UnknownHere):
    """This code cannot read a message of this name and version; one that can may be deployed."""


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """A message as plain data: immutable, with a name (that of the class) and a version."""

    version: ClassVar[int] = 1
    kind: ClassVar[Literal["event", "command"]]

    def __init_subclass__(cls) -> None:
        if cls.__module__ == __name__:
            return
        if cls.__name__ in type_of and type_of[cls.__name__].__module__ != cls.__module__:
            raise TypeError(f"two contracts are called {cls.__name__}: give one another name")
        type_of[cls.__name__] = cls


class Event(Contract, frozen=True, kw_only=True):
    """A fact, named in the past tense. Anyone may subscribe."""

    kind = "event"


class Command(Contract, frozen=True, kw_only=True):
    """A request, named in the imperative. Exactly one context handles it."""

    kind = "command"


def context_of(contract: type[Contract]) -> str:
    """Name the context that owns a contract: the package its module stands in."""
    return contract.__module__.partition(".")[0]


def upcasts(contract: type[Contract], *, version: int) -> Callable[[Upcaster], Upcaster]:
    """Wire a function that turns a payload of this version into one of the next.

    It stands in ``upcasters.py`` of the contract's context, one for each version that was
    published; older ones pass through all of them in turn.

    :raises ValueError: the contract has no such older version, or it has an upcaster.
    """
    if not 1 <= version < contract.version:
        raise ValueError(
            f"{contract.__name__} is at version {contract.version}: version {version} is not older"
        )
    if (contract.__name__, version) in upcaster_of:
        raise ValueError(f"version {version} of {contract.__name__} has an upcaster already")

    def wire(upcaster: Upcaster) -> Upcaster:
        upcaster_of[contract.__name__, version] = upcaster
        return upcaster

    return wire


def decode(name: str, version: int, payload: str) -> Contract:
    """Rebuild a message from its row, whatever older version it was published in.

    :raises UnknownMessage: this code has no contract of that name, or none that new, or no way
        from that version to today's.
    :raises msgspec.ValidationError: the payload does not fit the contract.
    """
    contract = type_of.get(name)
    if contract is None:
        raise UnknownMessage(f"no contract is called {name}: deploy the code that defines it")
    if version == contract.version:
        return msgspec.json.decode(payload, type=contract)
    if version > contract.version:
        raise UnknownMessage(
            f"{name} is at version {contract.version} here, the message is of version {version}: "
            "deploy the code that published it"
        )
    return msgspec.convert(_upcast(contract, version, msgspec.json.decode(payload)), contract)


def _upcast(contract: type[Contract], version: int, payload: Payload) -> Payload:
    name = contract.__name__
    for older in range(version, contract.version):
        upcaster = upcaster_of.get((name, older))
        if upcaster is None:
            raise UnknownMessage(
                f"{name} is at version {contract.version} here, and version {older} has no "
                f"upcaster: write one in {context_of(contract)}/upcasters.py"
            )
        try:
            payload = upcaster(payload)
        except Exception as error:
            raise UnknownMessage(
                f"version {older} of {name} cannot be upcast: {type(error).__name__}: {error}"
            ) from error
    return payload


@dataclass(frozen=True, slots=True)
class Envelope(Generic[M]):
    """A message and its headers.

    :ivar conversation: the correlation id.
    :ivar sequence: the message's place in its conversation, from 1.
    :ivar attempt: how often its subscriber has tried it, this time included.
    :ivar subscribers: to whom it was owed when it was published.
    """

    message: M
    id: UUID
    conversation: UUID
    sequence: int
    flow: str
    traceparent: str
    recorded_at: datetime
    attempt: int
    subscribers: Sequence[str] = ()
