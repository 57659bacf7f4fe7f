"""What people type to find something: the first characters of an id, a part of a name."""

from typing import Final
from uuid import UUID

MOST_FOUND: Final = 200
"""Customers that one search looks at; their orders are read by these ids."""

TOO_MANY: Final = f"More than {MOST_FOUND} customers are called so: write more of the name."

SHORTEST: Final = 8
"""Characters; a UUIDv7 begins with the time, and so many of them are a minute of it."""

_DIGITS: Final = 32


def ids_from(text: str) -> tuple[UUID, UUID] | None:
    """Return the first and the last id that begins with a text; the same where it is a whole one.

    ``None`` is for a text with which no id begins, or too many.
    """
    digits = text.replace("-", "")
    if not SHORTEST <= len(digits) <= _DIGITS or not digits.isascii() or not digits.isalnum():
        return None
    try:
        return UUID(digits.ljust(_DIGITS, "0")), UUID(digits.ljust(_DIGITS, "f"))
    except ValueError:
        return None
