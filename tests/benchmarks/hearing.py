"""A process that says by how many subscribers messages are heard."""

from collections.abc import Callable, Iterable

from outbox.messages import type_of
from outbox.registry import subscribers_of
from tests.benchmarks.laps import Kind


def prepare(kinds: Iterable[Kind]) -> Callable[[], dict[Kind, int]]:
    """Return what counts the subscribers of each kind of message."""
    return lambda: {kind: len(subscribers_of(type_of[kind[0]], kind[1])) for kind in kinds}
