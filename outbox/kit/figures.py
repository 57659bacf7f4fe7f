"""Figures: numbers that an app reads from the database for ``/metrics``.

An app yields them from ``figures()`` in its ``metrics.py``, where they are found.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, or one for each value of its labels.

    :ivar name: Prometheus style, with the app first and the unit last:
        ``outbox_oldest_owed_seconds``.
    :ivar help: what it counts, in a few words.
    :ivar values: numbers by the values of the labels, in their order.
    """

    name: str
    help: str
    values: Mapping[Labels, float]
    labels: tuple[str, ...] = ()


def number(name: str, what: str, value: float) -> Figure:
    """Return a figure that is one number."""
    return Figure(name, what, {(): value})
