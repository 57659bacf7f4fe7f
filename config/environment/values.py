"""The kinds of value that an environment variable can have, and what each accepts."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from config.database import POOLINGS
from config.mail import read_mail
from config.tracing import is_possible
from outbox.kit.secret import Secret
from outbox.webhooks.endpoints import read_endpoints

T = TypeVar("T")


@dataclass(frozen=True)
class ValueKind(Generic[T]):
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


def _never(text: str) -> bool:
    if text != "0":
        raise ValueError(text)
    return False


def _count(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _number(text: str) -> int:
    if not 0 <= int(text) <= 10_000:
        raise ValueError(text)
    return int(text)


def _days(text: str) -> int | None:
    return None if text == "forever" else _count(text)


def _length(text: str) -> int:
    if int(text) < 8:
        raise ValueError(text)
    return int(text)


def _hours(text: str) -> int:
    if int(text) < 24:
        raise ValueError(text)
    return int(text)


def _decimal(text: str, *, most: float) -> float:
    number = float(text)
    if not 0 <= number <= most:
        raise ValueError(text)
    return number


def _name(text: str) -> str:
    if not text.isidentifier() or not text.islower():
        raise ValueError(text)
    return text


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _address(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise ValueError(text) from error
    return text


def _addresses(text: str) -> list[str]:
    return [_address(each) for each in _names(text)]


def _web_address(text: str) -> str:
    if text and urlsplit(text).scheme not in {"http", "https"}:
        raise ValueError(text)
    return text


def _secret_address(text: str) -> Secret:
    """Read an address that is a key by itself, as those of chats are."""
    at = urlsplit(text)
    if text and (at.scheme != "https" or not at.hostname):
        raise ValueError(text)
    Secret(text.partition(at.netloc)[2] if at.netloc else "")
    return Secret(text)


def _secret(text: str) -> Secret:
    if len(text) < 50:
        raise ValueError(text)
    return Secret(text)


def _tracing(text: str) -> str:
    if not is_possible(text):
        raise ValueError(text)
    return text


def _token(text: str) -> Secret:
    if text and len(text) < 16:
        raise ValueError(text)
    return Secret(text)


def _signing_secrets(text: str) -> list[Secret]:
    secrets = [Secret(each) for each in _names(text)]
    if any(len(secret) < 16 for secret in secrets):
        raise ValueError(text)
    return secrets


def _stripe_key(text: str) -> Secret:
    if text and not text.startswith(("sk_", "rk_")):
        raise ValueError(text)
    return Secret(text)


def _postgresql(text: str) -> dict[str, Any]:
    if urlsplit(text).scheme not in {"postgres", "postgresql"}:
        raise ValueError(text)
    found = dict(dj_database_url.parse(text, conn_max_age=600, conn_health_checks=True))
    return {**found, "PASSWORD": Secret(str(found["PASSWORD"]))}


def _pooling(text: str) -> str:
    if text not in POOLINGS:
        raise ValueError(text)
    return text


def _redis(text: str) -> str:
    return _address_of_broker(text, {"redis", "rediss", "redis+socket"})


def _broker(text: str) -> str:
    return _address_of_broker(text, {"redis", "rediss", "redis+socket", "amqp", "amqps"})


def _address_of_broker(text: str, schemes: Collection[str]) -> str:
    """Read an address, which is a secret as a whole where there is a password in it."""
    at = urlsplit(text)
    if at.scheme not in schemes:
        raise ValueError(text)
    if not at.password:
        return text
    Secret(unquote(at.password))
    return Secret(text)


SWITCH = ValueKind("0 or 1", _switch)
NEVER = ValueKind("0, unless DEBUG=1", _never)
NUMBER = ValueKind("a whole number from 0 to 10000", _number)
COUNT = ValueKind("a whole number of 1 or more", _count)
DAYS = ValueKind("a whole number of days, or forever", _days)
LENGTH = ValueKind("a whole number of 8 or more", _length)
HOURS = ValueKind("a whole number of hours, 24 or more", _hours)
SECONDS = ValueKind("a number of seconds from 0 to 3600", partial(_decimal, most=3600))
RATE = ValueKind("a number from 0 to 10000", partial(_decimal, most=10_000))
NAME = ValueKind("a name in lower case", _name)
NAMES = ValueKind("host names separated by commas", _names)
ADDRESSES = ValueKind("mail addresses separated by commas", _addresses)
WEB_ADDRESS = ValueKind("https://host/path", _web_address, shown=False)
SECRET_ADDRESS = ValueKind("https://host/path", _secret_address, shown=False)
PATH = ValueKind("a path", Path)
ENDPOINTS = ValueKind(
    "none, or name https://address whsec_secret (a second secret) (Event,Event) for each endpoint",
    lambda text: [] if text == "none" else read_endpoints(text),
    shown=False,
)
MAIL = ValueKind(
    "none, console:, smtp://host, smtp+tls://user:password@host or smtps://user:password@host",
    read_mail,
    shown=False,
)
ADDRESS = ValueKind("an e-mail address", _address)
TRACING = ValueKind(
    "off, otlp or provided, and the packages of the extra `tracing` for the last two", _tracing
)
TOKEN = ValueKind("a secret of 16 characters or more", _token, shown=False)
SECRET = ValueKind("a random text of at least 50 characters", _secret, shown=False)
SIGNING_SECRETS = ValueKind(
    "random texts of at least 16 characters, separated by commas", _signing_secrets, shown=False
)
STRIPE_KEY = ValueKind("a secret key that begins with sk_ or rk_", _stripe_key, shown=False)
POSTGRESQL = ValueKind("postgres://user:password@host:5432/name", _postgresql, shown=False)
POOLING = ValueKind(" or ".join(POOLINGS), _pooling)
REDIS = ValueKind("redis://host:6379/0 or redis+socket:///path/of.sock", _redis, shown=False)
BROKER = ValueKind("redis://host:6379/0 or amqp://user:password@host:5672", _broker, shown=False)
