"""Attempts and goods in words, for the timeline of an order."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

FEW = 3
"""Goods that are named one by one; the others are counted."""

ORDINALS = ("first", "second", "third", "fourth", "fifth")


def at_attempt(attempts: int, *, behind: str = " ") -> str:
    """Name the attempt that succeeded, after a space or a comma; empty for the first."""
    if attempts <= 1:
        return ""
    name = ORDINALS[attempts - 1] if attempts <= len(ORDINALS) else f"{attempts}th"
    return f"{behind}at the {name} attempt"


def attempts_made(number: int) -> str:
    """Count attempts in words."""
    return "1 attempt" if number == 1 else f"{number} attempts"


def goods(units: Iterable[tuple[str, int]]) -> str:
    """Name units by SKU: ``3 x MUG, 1 x BOWL``."""
    return few([f"{quantity} x {sku}" for sku, quantity in units])


def missing(lines: Iterable[Mapping[str, Any]]) -> str:
    """Name what there was not enough of: ``0 of MUG left, 2 wanted``."""
    return few(
        [f"{each['available']} of {each['sku']} left, {each['wanted']} wanted" for each in lines]
    )


def few(parts: Sequence[str]) -> str:
    """Join the first few parts, and count the others."""
    more = [f"{len(parts) - FEW} more"] if len(parts) > FEW else []
    return ", ".join([*parts[:FEW], *more])
