"""Words that several sources of a timeline need."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from outbox.kit.money import money

FEW = 3
"""Goods that are named one by one; the rest is counted."""

ORDINALS = ("first", "second", "third", "fourth", "fifth")

GOODS = ("lines", "held", "reserved", "released", "restocked")
"""Fields of messages that list units by SKU."""

WORDS = ("reason_code", "decline_code", "operation", "reason", "subject")
"""Fields of messages that may be shown; whatever is not named here, such as a token, is not."""


def at_attempt(attempts: int, *, behind: str = " ") -> str:
    """Say at which attempt something went well, behind a comma or a space; nothing of the first."""
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


def gist(payload: Mapping[str, Any]) -> str:
    """Return what a message is about: money, goods and reasons."""
    parts = []
    if "amount" in payload and payload.get("currency"):
        parts.append(money(payload["amount"], payload["currency"]))
    parts += [
        goods((line["sku"], line["quantity"]) for line in payload[name])
        for name in GOODS
        if payload.get(name)
    ]
    if lines := payload.get("missing"):
        parts.append(missing(lines))
    parts += [str(payload[name]) for name in WORDS if payload.get(name)]
    return ", ".join(parts)
