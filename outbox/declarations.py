"""Declare what may be published: by handling a message, or without a message to handle.

Only the map of messages depends on it; the tests compare it with what the log says was published.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeAlias

from outbox.messages import Contract

Contracts: TypeAlias = set[type[Contract]]

declared: dict[tuple[str, type[Contract], str | None], Contracts] = defaultdict(set)
"""What may be published, by subscriber, message handled and flow (``None`` for all)."""

origins: dict[tuple[str, type[Contract]], frozenset[str] | None] = {}
"""What may be published without handling a message, by publisher; the flows, ``None`` for all."""


def declare(
    subscriber: str,
    handled: type[Contract],
    publishes: Iterable[type[Contract]],
    *,
    flow: str | None = None,
) -> None:
    """Say what handling a message may publish, in one flow or (``None``) in all."""
    declared[subscriber, handled, flow].update(publishes)


def may_publish(subscriber: str, handled: type[Contract], flow: str) -> Contracts:
    """Return what handling a message of this flow may publish."""
    none: Contracts = set()
    both = (declared.get((subscriber, handled, each), none) for each in (None, flow))
    return none.union(*both)


def originate(
    name: str, contracts: Iterable[type[Contract]], *, flows: Iterable[str] | None = None
) -> None:
    """Say that something may publish these messages without handling one, in some flows or all."""
    for contract in contracts:
        before = origins.get((name, contract), frozenset())
        if flows is None or before is None:
            origins[name, contract] = None
        else:
            origins[name, contract] = before | frozenset(flows)


def in_flow(flow: str, flows: frozenset[str] | None) -> bool:
    """Tell whether a flow is one of these, where ``None`` means all."""
    return flows is None or flow in flows
