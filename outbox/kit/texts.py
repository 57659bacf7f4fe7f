"""Make texts from outside fit columns and lines.

Input that does not fit is refused (``outbox/kit/http/fields.py``, forms). What gateways and
exceptions report cannot be refused, so it is cut.
"""

import unicodedata
from typing import Final

LONGEST_REASON = 500
"""Characters of a reason, wherever one is entered and stored."""

_ENDS_A_LINE: Final = {"Cc", "Zl", "Zp"}
"""Control characters, and the separators of lines and paragraphs; Unicode's general categories."""


def fit(text: str, longest: int) -> str:
    """Return a text cut to what a column of this width can store.

    PostgreSQL stores no NUL, and a lone surrogate is no character (RFC 3629, section 3).
    """
    storable = text.replace("\x00", "?").encode(errors="replace").decode()
    return storable[:longest]


def fits(text: str, longest: int) -> bool:
    """Tell whether a column of this width can store a text unchanged."""
    return fit(text, longest) == text


def one_line(text: str) -> str:
    """Return a text with each run of white space and control characters as one space."""
    spaced = (" " if unicodedata.category(each) in _ENDS_A_LINE else each for each in text)
    return " ".join("".join(spaced).split())
