"""Signs: figures with a verdict, for the first page of the admin.

An app yields them from ``signs()`` in its ``signs.py``, where they are found.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

MOST_COUNTED: Final = 5_000
"""Rows behind a sign that are counted one by one."""


class Verdict(StrEnum):
    """What a figure means; the worst comes last."""

    WELL = "well"
    WATCH = "watch"
    ACT = "act"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A figure, what it means now, and where its rows are.

    :ivar title: what it is about: ``Dead letters``.
    :ivar value: the figure in words: ``3``, ``more than 5,000``, ``12 s``.
    :ivar verdict: whether it is well.
    :ivar limit: from where on it is not, in words: ``more than none``.
    :ivar address: the list behind it.
    :ivar needs: the permission to see it.
    """

    title: str
    value: str
    verdict: Verdict
    limit: str
    address: str
    needs: str


def number_of(rows: QuerySet[Any]) -> int:
    """Count rows, at most one more than ``MOST_COUNTED``."""
    return rows.order_by()[: MOST_COUNTED + 1].count()


def in_words(number: int) -> str:
    """Write a count of :func:`number_of`."""
    return f"more than {MOST_COUNTED:,}" if number > MOST_COUNTED else f"{number:,}"


def judged(figure: float, *, watch: float, act: float) -> Verdict:
    """Return the verdict on a figure that is better the smaller it is.

    :param watch: above this it is to be watched.
    :param act: above this an operator has to act.
    """
    if figure > act:
        return Verdict.ACT
    return Verdict.WATCH if figure > watch else Verdict.WELL


def count_sign(
    title: str, rows: QuerySet[Any], *, address: str, needs: str, bad: Verdict = Verdict.ACT
) -> Sign:
    """Return the sign of rows of which there should be none."""
    number = number_of(rows)
    return Sign(
        title=title,
        value=in_words(number),
        verdict=bad if number else Verdict.WELL,
        limit="there should be none",
        address=address,
        needs=needs,
    )


def list_address(table: str, **query: Any) -> str:
    """Return the URL of an admin list, narrowed by filters or a search (``q``)."""
    address = reverse(f"admin:{table}_changelist")
    return f"{address}?{urlencode(query)}" if query else address


def duration(seconds: float) -> str:
    """Write a time span for people: ``0.4 s``, ``12 s``, ``3 min``, ``5 h``, ``2 days``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86_400:.0f} days"
