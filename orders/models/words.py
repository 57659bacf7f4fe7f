"""Search words of a customer, without case and accents."""

import re
from typing import Any, Final
from unicodedata import combining, normalize

from django.db import models

LONGEST_WORD: Final = 100
"""Characters; PostgreSQL refuses a lexeme of 2 kB, and one character may fold into eighteen."""

_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "þ": "th"}
    | {"æ": "ae", "œ": "oe", "\N{LATIN SMALL LETTER DOTLESS I}": "i"}
    | dict.fromkeys("\u2018\u2019\u02bc", "'")
    | dict.fromkeys("\u2010\u2011\u2013", "-")
)
"""Letters and marks that Unicode does not decompose, as people type them."""


def folded(text: str) -> list[str]:
    """Return the words of a text without case, accents and ligatures.

    Source: Unicode Standard, section 3.13 (compatibility caseless matching).
    """
    decomposed = normalize("NFKD", normalize("NFKD", text).casefold())
    plain = "".join(each for each in decomposed if not combining(each)).translate(_LETTERS)
    return [word[:LONGEST_WORD] for word in plain.split()]


class Lexemes(models.Func):
    """Words as a ``tsvector``, for PostgreSQL's text search and a GIN index."""

    template = "array_to_tsvector(string_to_array(%(expressions)s, ' '))"
    arity = 1


class Words(models.TextField):  # type: ignore[type-arg]  # not subscriptable when it runs
    """The words of a row's ``searchable()`` texts, computed on every save."""

    def pre_save(self, model_instance: Any, add: bool) -> str:  # noqa: ARG002, FBT001 - Django's signature
        words = " ".join(_words_of(*model_instance.searchable()))
        setattr(model_instance, self.attname, words)
        return words


def _words_of(name: str, *others: str) -> list[str]:
    """Return a name's words and the parts of those with hyphens; other texts stay whole."""
    words = folded(name)
    parts = {part for word in words for part in re.split(r"[^\w]+", word)} - {""}
    return sorted(parts.union(words, *map(folded, others)))
