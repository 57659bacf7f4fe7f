"""The kinds of value that an environment variable can have: switches, numbers and names."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from config.database import POOLINGS
from config.environment.paths import ROOT
from config.tracing import is_possible

T = TypeVar("T")

LETTERS = ROOT / "orders" / "templates" / "orders" / "mail"
"""A folder for each language of letters to customers."""

SHORTEST_WORD = 4
"""Letters; shorter words are in half of all passwords."""


@dataclass(frozen=True)
class ValueKind(Generic[T]):
    """How a text becomes a value.

    :param wants: what the variable may be, as the end of the sentence "it wants ...".
    :param parse: raises ValueError for everything else.
    :param shown: whether an error may repeat the text: not where it may hold a secret.
    """

    wants: str
    parse: Callable[[str], T]
    shown: bool = True


def names(text: str) -> list[str]:
    """Split at commas; spaces and empty parts do not count."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _switch(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError(text)
    return text == "1"


def _never(text: str) -> bool:
    if text != "0":
        raise ValueError(text)
    return False


def _integer(text: str, *, least: int, most: int | None = None) -> int:
    number = int(text)
    if number < least or (most is not None and number > most):
        raise ValueError(text)
    return number


def _days(text: str) -> int | None:
    return None if text == "forever" else _integer(text, least=1)


def _decimal(text: str, *, most: float) -> float:
    number = float(text)
    if not 0 <= number <= most:
        raise ValueError(text)
    return number


def _name(text: str) -> str:
    if not text.isidentifier() or not text.islower():
        raise ValueError(text)
    return text


def _words(text: str) -> list[str]:
    found = names(text)
    if any(len(word) < SHORTEST_WORD for word in found):
        raise ValueError(text)
    return found


def _language(text: str) -> str:
    if text not in {folder.name for folder in LETTERS.iterdir() if folder.is_dir()}:
        raise ValueError(text)
    return text


def _tracing(text: str) -> str:
    if not is_possible(text):
        raise ValueError(text)
    return text


def _pooling(text: str) -> str:
    if text not in POOLINGS:
        raise ValueError(text)
    return text


LANGUAGE = ValueKind("a language of letters to customers, such as en", _language)
SWITCH = ValueKind("0 or 1", _switch)
NEVER = ValueKind("0, unless DEBUG=1", _never)
NUMBER = ValueKind("a whole number from 0 to 10000", partial(_integer, least=0, most=10_000))
COUNT = ValueKind("a whole number of 1 or more", partial(_integer, least=1))
DAYS = ValueKind("a whole number of days, or forever", _days)
LENGTH = ValueKind("a whole number of 8 or more", partial(_integer, least=8))
HOURS = ValueKind("a whole number of hours, 24 or more", partial(_integer, least=24))
SECONDS = ValueKind("a number of seconds from 0 to 3600", partial(_decimal, most=3600))
RATE = ValueKind("a number from 0 to 10000", partial(_decimal, most=10_000))
NAME = ValueKind("a name in lower case", _name)
WORDS = ValueKind(f"words of {SHORTEST_WORD} or more letters, separated by commas", _words)
NAMES = ValueKind("host names separated by commas", names)
PATH = ValueKind("a path", Path)
POOLING = ValueKind(" or ".join(POOLINGS), _pooling)
TRACING = ValueKind(
    "off, otlp or provided, and the packages of the extra `tracing` for the last two", _tracing
)
