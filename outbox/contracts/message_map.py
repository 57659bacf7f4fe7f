"""The map of messages: what is published in a flow, by whom, and for which subscribers."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps

from outbox.declarations import in_flow, may_publish, origins
from outbox.messages import Contract, context_of, type_of
from outbox.registry import subscribers, subscribers_of


@dataclass(frozen=True, slots=True)
class Route:
    """A message of a flow, what may publish it, and its subscribers."""

    contract: type[Contract]
    publishers: tuple[str, ...]
    subscribers: tuple[str, ...]


def known_contracts() -> list[type[Contract]]:
    """Return the contracts of the installed apps, context by context."""
    here = [each for each in type_of.values() if apps.is_installed(context_of(each))]
    return sorted(here, key=lambda each: (context_of(each), each.__name__))


def flows() -> list[str]:
    """Name the flows that subscribers distinguish."""
    named = [some for each in subscribers.values() for some in each.subscriptions.values() if some]
    return sorted({flow for some in named for flow in some})


def routes(flow: str) -> list[Route]:
    """Return what may be published in a flow, starting from its origins."""
    found: dict[type[Contract], set[str]] = {}
    waiting = []
    for (name, contract), some in origins.items():
        if in_flow(flow, some):
            found.setdefault(contract, set()).add(name)
            waiting.append(contract)
    reached = set()
    while waiting:
        contract = waiting.pop(0)
        if contract in reached:
            continue
        reached.add(contract)
        for name, published in answers(contract, flow):
            found.setdefault(published, set()).add(name)
            waiting.append(published)
    return [
        Route(contract, tuple(sorted(publishers)), tuple(sorted(subscribers_of(contract, flow))))
        for contract, publishers in found.items()
    ]


def may_cause(cause: type[Contract] | None, effect: type[Contract], flow: str) -> bool:
    """Tell whether handling one message is declared to publish another.

    :param cause: ``None`` for a message that was published without handling one.
    """
    if cause is None:
        return any(
            contract is effect and in_flow(flow, some) for (_, contract), some in origins.items()
        )
    return any(published is effect for _, published in answers(cause, flow))


def answers(named: type[Contract], flow: str) -> Iterator[tuple[str, type[Contract]]]:
    """Yield what handling a message may publish, and by which subscriber."""
    for name in subscribers_of(named, flow):
        published = sorted(may_publish(name, named, flow), key=lambda each: each.__name__)
        yield from ((name, each) for each in published)
