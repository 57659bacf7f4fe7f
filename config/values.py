"""The kinds of value that an environment variable can have, and what each accepts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import dj_database_url

from config.database import POOLINGS

T = TypeVar("T")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """How a text becomes a value.

    :param wants: what the variable may be, as the end of the sentence "it wants ...".
    :param parse: raises ValueError for everything else.
    :param shown: whether an error may repeat the text; a secret stays off the screen.
    """

    wants: str
    parse: Callable[[str], T]
    shown: bool = True


def _switch(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError(text)
    return text == "1"


def _count(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 3600:
        raise ValueError(text)
    return number


def _name(text: str) -> str:
    if not text.isidentifier() or not text.islower():
        raise ValueError(text)
    return text


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _secret(text: str) -> str:
    if len(text) < 50:
        raise ValueError(text)
    return text


def _postgresql(text: str) -> dict[str, Any]:
    if urlsplit(text).scheme not in {"postgres", "postgresql"}:
        raise ValueError(text)
    return dict(dj_database_url.parse(text, conn_max_age=600, conn_health_checks=True))


def _pooling(text: str) -> str:
    if text not in POOLINGS:
        raise ValueError(text)
    return text


def _redis(text: str) -> str:
    if urlsplit(text).scheme not in {"redis", "rediss", "redis+socket"}:
        raise ValueError(text)
    return text


def _broker(text: str) -> str:
    return text if urlsplit(text).scheme in {"amqp", "amqps"} else _redis(text)


SWITCH = Kind("0 or 1", _switch)
COUNT = Kind("a whole number of 1 or more", _count)
SECONDS = Kind("a number of seconds from 0 to 3600", _seconds)
NAME = Kind("a name in lower case", _name)
NAMES = Kind("host names separated by commas", _names)
PATH = Kind("a path", Path)
SECRET = Kind("a random text of at least 50 characters", _secret, shown=False)
POSTGRESQL = Kind("postgres://user:password@host:5432/name", _postgresql, shown=False)
POOLING = Kind(" or ".join(POOLINGS), _pooling)
REDIS = Kind("redis://host:6379/0 or redis+socket:///path/of.sock", _redis, shown=False)
BROKER = Kind("redis://host:6379/0 or amqp://user:password@host:5672", _broker, shown=False)
