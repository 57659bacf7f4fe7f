"""Keep secrets out of logs, dumps of settings and errors."""

import json
from html import escape
from typing import Final, Self
from urllib.parse import quote

SHOWN: Final = "***"
SHORTEST: Final = 8
"""Characters; shorter secrets would be found in unrelated words."""

_known: set[str] = set()


class Secret(str):
    """A string whose ``repr`` and ``format`` are ``***``; :func:`redact` finds it in any text.

    Libraries use it as the string that it is.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Register the text, plain and as URLs, JSON, HTML and Python write it."""
        if len(text) >= SHORTEST:
            _known.update({text, quote(text, safe=""), json.dumps(text)[1:-1]})
            _known.update({escape(text), repr(str(text))[1:-1]})
        return super().__new__(cls, text)

    def __repr__(self) -> str:
        return repr(SHOWN if self else "")

    def __format__(self, how: str) -> str:
        return format(SHOWN if self else "", how)


def redact(text: str) -> str:
    """Replace every secret in a text, the longest first, as one may be a part of another."""
    for each in sorted(_known, key=len, reverse=True):
        text = text.replace(each, SHOWN)
    return text
