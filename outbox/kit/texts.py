"""Texts from outside, as our columns and our lines take them: one rule for whatever others send.

What people enter is refused where it does not fit (``outbox/kit/http/fields.py``, forms). What
others report (a gateway, an exception) has happened and cannot be refused: it is cut.
"""

import unicodedata
from typing import Final

LONGEST_REASON = 500
"""Characters of why something has to be done: at every door, and in every column behind it."""

_ENDS_A_LINE: Final = {"Cc", "Zl", "Zp"}
"""Control characters, and the separators of lines and paragraphs; Unicode's general categories."""


def fit(text: str, longest: int) -> str:
    """Return a text such that a column of this width takes it.

    PostgreSQL stores no NUL, and half a surrogate pair is no character (RFC 3629, section 3).
    """
    storable = text.replace("\x00", "?").encode(errors="replace").decode()
    return storable[:longest]


def fits(text: str, longest: int) -> bool:
    """Tell whether a column of this width takes a text as it is."""
    return fit(text, longest) == text


def one_line(text: str) -> str:
    """Return a text with a space wherever it has white space or what may end a line."""
    spaced = (" " if unicodedata.category(each) in _ENDS_A_LINE else each for each in text)
    return " ".join("".join(spaced).split())
