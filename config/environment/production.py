"""Refuse an environment that is readable but does not do what was meant, or lets strangers in."""

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.environment.keys import (
    DEVELOPMENT_ENCRYPTION_KEY,
    DEVELOPMENT_KEY,
    DEVELOPMENT_WEBHOOK_SECRET,
)

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})

OURS = ("GATEWAY_", "OUTBOX_", "REFUND_", "SANDBOX_", "UNPAID_", "WEBHOOK")
"""How names begin that only this project gives to a variable, but for the next line."""

PUBLIC = frozenset({DEVELOPMENT_ENCRYPTION_KEY, DEVELOPMENT_KEY, DEVELOPMENT_WEBHOOK_SECRET})
"""Secrets that are written in the code."""

_KUBERNETES = re.compile(r"_SERVICE_(HOST|PORT)|_PORT(_\d+|$)")
"""What Kubernetes sets for a service, which may be called ``gateway``."""


def refuse_unknown(variables: Iterable[str], known: Collection[str]) -> None:
    """Refuse a variable that is named like one of ours but is none: it may be a typo.

    :raises ImproperlyConfigured: there is one.
    """
    for name in sorted(set(variables) - set(known)):
        if name.startswith(OURS) and not _KUBERNETES.search(name):
            meant = get_close_matches(name, known, n=1)
            hint = f"did you mean {meant[0]}?" if meant else "remove it"
            raise ImproperlyConfigured(f"{name} is no setting: {hint}")


def refuse_same_database(main: Mapping[str, Any], apart: Mapping[str, Any]) -> None:
    """Refuse to treat the main database as a second one for read models.

    :raises ImproperlyConfigured: both URLs lead to the same database.
    """
    if apart and all(apart[part] == main[part] for part in ("HOST", "PORT", "NAME")):
        raise ImproperlyConfigured(
            "READMODEL_DATABASE_URL cannot be the database of DATABASE_URL: leave it out"
        )


def refuse_public_secrets(**secrets: Iterable[str]) -> None:
    """Refuse secrets, given by the names of their variables, that are written in the code.

    :raises ImproperlyConfigured: there is one.
    """
    for name, values in secrets.items():
        if not PUBLIC.isdisjoint(values):
            raise ImproperlyConfigured(f"{name} is published in the source: set your own")


def refuse_open_cookies(*, https: bool, hosts: Iterable[str]) -> None:
    """Refuse to send session cookies in the clear, except on one machine.

    :raises ImproperlyConfigured: another host name is served without HTTPS.
    """
    if not https and (elsewhere := sorted(set(hosts) - LOOPBACK)):
        raise ImproperlyConfigured(f"HTTPS cannot be 0: {elsewhere[0]} is not this machine")


def refuse_open_broker(name: str, url: str) -> None:
    """Refuse a broker on another machine that asks for no password.

    :raises ImproperlyConfigured: its URL has none.
    """
    at = urlsplit(url)
    if at.hostname and at.hostname not in LOOPBACK and not at.password:
        raise ImproperlyConfigured(
            f"{name} has no password: a broker on another machine wants one, "
            f"{at.scheme}://:password@{at.hostname}"
        )


def refuse_any_host(hosts: Iterable[str]) -> None:
    """Refuse to serve under any host name: links and redirects would use the one a request sent.

    :raises ImproperlyConfigured: ``*`` is one of the names.
    """
    if "*" in hosts:
        raise ImproperlyConfigured("ALLOWED_HOSTS cannot be '*': it wants the names of this shop")


def refuse_open_base(name: str, url: str) -> None:
    """Refuse to send keys and card tokens in the clear, except on one machine.

    :raises ImproperlyConfigured: the address of another machine begins with ``http:``.
    """
    at = urlsplit(url)
    if at.scheme == "http" and at.hostname not in LOOPBACK:
        raise ImproperlyConfigured(f"{name} cannot begin with http: it wants https://host")


def refuse_open_origins(origins: Iterable[str]) -> None:
    """Refuse http:// origins, which anyone on the network can alter, except on one machine.

    :raises ImproperlyConfigured: an origin on another machine begins with ``http:``.
    """
    for each in origins:
        at = urlsplit(each)
        if at.scheme == "http" and at.hostname not in LOOPBACK:
            raise ImproperlyConfigured(
                f"CORS_ORIGINS cannot have {each}: it wants https://{at.netloc}"
            )


def refuse_test_cards(gateway: str, *, allowed: bool) -> None:
    """Refuse to accept the sandbox's test cards unless ``SANDBOX_ALLOWED`` confirms it.

    :raises ImproperlyConfigured: the sandbox is the gateway without that confirmation.
    """
    if gateway == "sandbox" and not allowed:
        raise ImproperlyConfigured(
            "PAYMENT_GATEWAY cannot be 'sandbox', which takes no money:"
            " SANDBOX_ALLOWED=1 says that this shop gives its goods away"
        )
