"""Typed contracts of events and commands, and reading old versions of them.

A row stores the name and version of its contract, and later code has to read it. Adding or removing
a field that has a default needs no new version: a missing field gets its default, and an unknown
field is ignored, by old code too. Any other change (a field without a default, another name, type
or meaning) needs a new ``version`` and an upcaster from the version before.
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
"""The fields of a message as JSON: ids and times are strings."""

Upcaster: TypeAlias = Callable[[Payload], Payload]

type_of: dict[str, type["Contract"]] = {}
"""Every contract by its wire name."""

upcaster_of: dict[tuple[str, int], Upcaster] = {}
"""The upcaster to the next version, by name and version."""


class UnknownMessage(UnknownHere):
    """This code has no contract for this name and version; newer code may have."""


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """A message as immutable data; its name is that of the class."""

    version: ClassVar[int] = 1
    kind: ClassVar[Literal["event", "command"]]

    def __init_subclass__(cls) -> None:
        if cls.__module__ == __name__:
            return
        if cls.__name__ in type_of and type_of[cls.__name__].__module__ != cls.__module__:
            raise TypeError(f"two contracts are called {cls.__name__}: rename one")
        type_of[cls.__name__] = cls


class Event(Contract, frozen=True, kw_only=True):
    """A fact, named in the past tense. Any number of subscribers may receive it."""

    kind = "event"


class Command(Contract, frozen=True, kw_only=True):
    """A request, named in the imperative. Exactly one context handles it."""

    kind = "command"


def context_of(contract: type[Contract]) -> str:
    """Return the context that owns a contract: its top-level package."""
    return contract.__module__.partition(".")[0]


def upcasts(contract: type[Contract], *, version: int) -> Callable[[Upcaster], Upcaster]:
    """Register a function that turns a payload of this version into one of the next.

    Write one in the context's ``upcasters.py`` for each old version; they are applied in turn.

    :raises ValueError: the contract has no such older version, or that has an upcaster already.
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
    """Decode a message from its row, upcasting an older version.

    :raises UnknownMessage: this code does not know the name or the version.
    :raises msgspec.ValidationError: the payload does not match the contract.
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
    :ivar sequence: the message's number in its conversation, from 1.
    :ivar attempt: the number of this attempt, from 1.
    :ivar subscribers: those it was published for.
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
