"""Figures that an app gives of itself: numbers read from the database when somebody asks.

An app that has some yields them from ``figures()`` in its ``metrics.py``, and nothing else has to
be edited: the metrics page and the admin's first page find them there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, or one for each value of its labels.

    :ivar name: as Prometheus has it, with the app first and the unit last:
        ``outbox_oldest_owed_seconds``.
    :ivar help: what is counted, in a few words.
    :ivar values: numbers by the values of the labels, in their order.
    """

    name: str
    help: str
    values: Mapping[Labels, float]
    labels: tuple[str, ...] = ()


def number(name: str, what: str, value: float) -> Figure:
    """Return a figure that is one number."""
    return Figure(name, what, {(): value})
