"""The kinds of value that an environment variable can have: addresses of people and servers."""

from collections.abc import Collection
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from config.environment.kinds import ValueKind, names
from config.environment.mail import read_mail
from outbox.kit.secret import Secret


def _address(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise ValueError(text) from error
    return text


def _addresses(text: str) -> list[str]:
    return [_address(each) for each in names(text)]


def _web_address(text: str) -> str:
    if urlsplit(text).scheme not in {"http", "https"}:
        raise ValueError(text)
    return text


def _secret_address(text: str) -> Secret:
    """Read an address that grants access by itself, as the webhook addresses of chats do."""
    at = urlsplit(text)
    if at.scheme != "https" or not at.hostname:
        raise ValueError(text)
    Secret(text.partition(at.netloc)[2])
    return Secret(text)


def _postgresql(text: str) -> dict[str, Any]:
    if urlsplit(text).scheme not in {"postgres", "postgresql"}:
        raise ValueError(text)
    found = dict(dj_database_url.parse(text, conn_max_age=600, conn_health_checks=True))
    return {**found, "PASSWORD": Secret(str(found["PASSWORD"]))}


def _redis(text: str) -> str:
    return _address_of_broker(text, {"redis", "rediss", "redis+socket"})


def _broker(text: str) -> str:
    return _address_of_broker(text, {"redis", "rediss", "redis+socket", "amqp", "amqps"})


def _address_of_broker(text: str, schemes: Collection[str]) -> str:
    """Read an address; one with a password is a secret as a whole."""
    at = urlsplit(text)
    if at.scheme not in schemes:
        raise ValueError(text)
    if not at.password:
        return text
    Secret(unquote(at.password))
    return Secret(text)


def _page(text: str) -> str:
    """Read the address of an order's page, in which the order's number replaces ``{number}``."""
    at = urlsplit(_web_address(text))
    if not at.hostname or "{number}" not in at.path + at.query:
        raise ValueError(text)
    return text


def _origins(text: str) -> list[str]:
    """Read origins as browsers write them (RFC 6454, section 6.2): no path, no star, in small."""
    found = names(text)
    for each in found:
        at = urlsplit(each)
        is_one = at.scheme in {"http", "https"} and at.hostname and "*" not in each
        if not is_one or at.username or each != f"{at.scheme}://{at.netloc}".lower():
            raise ValueError(text)
    return found


ADDRESS = ValueKind("an e-mail address", _address)
ADDRESSES = ValueKind("mail addresses separated by commas", _addresses)
PAGE = ValueKind("an address with {number}, such as https://host/orders/{number}", _page)
ORIGINS = ValueKind("origins such as https://shop.example, separated by commas", _origins)
WEB_ADDRESS = ValueKind("https://host/path", _web_address, shown=False)
SECRET_ADDRESS = ValueKind("https://host/path", _secret_address, shown=False)
MAIL = ValueKind(
    "none, console:, file:/folder, smtp://host, smtp+tls://user:password@host or"
    " smtps://user:password@host",
    read_mail,
    shown=False,
)
POSTGRESQL = ValueKind("postgres://user:password@host:5432/name", _postgresql, shown=False)
REDIS = ValueKind("redis://host:6379/0 or redis+socket:///path/of.sock", _redis, shown=False)
BROKER = ValueKind("redis://host:6379/0 or amqp://user:password@host:5672", _broker, shown=False)
