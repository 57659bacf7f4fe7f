"""Texts that nobody may read in a log, a dump of settings or an error."""

import json
from html import escape
from typing import Final, Self
from urllib.parse import quote

SHOWN: Final = "***"
SHORTEST: Final = 8
"""Characters; a shorter text is found in too many words that are no secret."""

_known: set[str] = set()


class Secret(str):
    """A text for those who have to send it, and ``***`` for those who look.

    Libraries take it for the text that it is. Its ``repr``, and what it is in an f-string, hide
    it; and what was once made into a ``Secret`` is found by :func:`redact` in any text.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Remember the text, as it is and as URLs, JSON, HTML and Python write it."""
        if len(text) >= SHORTEST:
            _known.update({text, quote(text, safe=""), json.dumps(text)[1:-1]})
            _known.update({escape(text), repr(str(text))[1:-1]})
        return super().__new__(cls, text)

    def __repr__(self) -> str:
        return repr(SHOWN if self else "")

    def __format__(self, how: str) -> str:
        return format(SHOWN if self else "", how)


def redact(text: str) -> str:
    """Hide every secret in a text, the longest first: one may be a part of another."""
    for each in sorted(_known, key=len, reverse=True):
        text = text.replace(each, SHOWN)
    return text
