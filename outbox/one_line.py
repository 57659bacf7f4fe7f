"""Text of others where one line is wanted, such as the subject of a mail."""

import unicodedata
from typing import Final

_ENDS_A_LINE: Final = {"Cc", "Zl", "Zp"}
"""Control characters, and the separators of lines and paragraphs; Unicode's general categories."""


def one_line(text: str) -> str:
    """Return a text with a space wherever it has white space or what may end a line."""
    spaced = (" " if unicodedata.category(each) in _ENDS_A_LINE else each for each in text)
    return " ".join("".join(spaced).split())
