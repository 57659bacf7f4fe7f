"""Texts from outside, as our columns take them: one rule for whatever others send us.

What we ask people for is refused at the door when it does not fit (``outbox/kit/http/fields.py``, forms).
What others tell us (a gateway, an exception) cannot be refused, for what it reports has happened:
it is cut.
"""

import re
from typing import Final

ONE_LINE: Final = re.compile(r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z")
"""No control character (Unicode's category Cc), and no other end of a line or paragraph."""

LONGEST_REASON = 500
"""Characters of why something has to be done: at every door, and in every column behind it."""


def fit(text: str, longest: int) -> str:
    """Return a text such that a column of this width takes it.

    PostgreSQL stores no NUL, and half a surrogate pair is no character (RFC 3629, section 3).
    """
    storable = text.replace("\x00", "?").encode(errors="replace").decode()
    return storable[:longest]


def fits(text: str, longest: int) -> bool:
    """Tell whether a column of this width takes a text as it is."""
    return fit(text, longest) == text
