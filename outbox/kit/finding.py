"""Search: the beginning of an id, and how many customers one search may find."""

from typing import Final
from uuid import UUID

MOST_FOUND: Final = 200
"""Customers that one search may find; orders are then read by their ids."""

TOO_MANY: Final = f"More than {MOST_FOUND} customers are called so: write more of the name."

SHORTEST: Final = 8
"""Characters of an id; a UUIDv7 begins with the time, and eight of them cover a minute."""

_DIGITS: Final = 32


def ids_from(text: str) -> tuple[UUID, UUID] | None:
    """Return the lowest and the highest id that begin with a text; a whole id is both.

    Returns ``None`` for a text that begins no id, or too many.
    """
    digits = text.replace("-", "")
    if not SHORTEST <= len(digits) <= _DIGITS or not digits.isascii() or not digits.isalnum():
        return None
    try:
        return UUID(digits.ljust(_DIGITS, "0")), UUID(digits.ljust(_DIGITS, "f"))
    except ValueError:
        return None
