"""Typed contracts: what an event or a command looks like on the wire."""

from typing import ClassVar, Literal

import msgspec

type_of: dict[str, type["Contract"]] = {}
"""Every contract by its wire name."""


class UnknownMessage(Exception):
    """No contract of this name and version exists in the running code; a permanent error."""


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


def decode(name: str, version: int, payload: str) -> Contract:
    """Rebuild a message from its row.

    :raises UnknownMessage: this code has no contract of that name and version.
    :raises msgspec.ValidationError: the payload does not fit the contract.
    """
    contract = type_of.get(name)
    if contract is None:
        raise UnknownMessage(f"no contract is called {name}: deploy the code that defines it")
    if contract.version != version:
        raise UnknownMessage(
            f"{name} is at version {contract.version} here, the message is of version {version}"
        )
    return msgspec.json.decode(payload, type=contract)
