"""What the environment may not say: names that nobody reads, and values that are unsafe.

Each of these could be understood. It would start a shop that does not do what was meant, or one
that strangers can get into.
"""

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})

OURS = ("GATEWAY_", "OUTBOX_", "REFUND_", "SANDBOX_", "UNPAID_", "WEBHOOK")
"""How names begin that nobody else gives to a variable, but for the next line."""

_KUBERNETES = re.compile(r"_SERVICE_(HOST|PORT)|_PORT(_\d+|$)")
"""What Kubernetes sets for a service, which may be called ``gateway``."""


def refuse_unknown(variables: Iterable[str], known: Collection[str]) -> None:
    """Refuse a variable that looks like ours and is none: a typo would go unnoticed.

    :raises ImproperlyConfigured: there is one.
    """
    for name in sorted(set(variables) - set(known)):
        if name.startswith(OURS) and not _KUBERNETES.search(name):
            meant = get_close_matches(name, known, n=1)
            hint = f"did you mean {meant[0]}?" if meant else "remove it"
            raise ImproperlyConfigured(f"{name} is no setting: {hint}")


def refuse_public_secrets(secrets: Iterable[tuple[str, str]], public: Collection[str]) -> None:
    """Refuse secrets, by name, that are written in the code.

    :raises ImproperlyConfigured: there is one.
    """
    for name, secret in secrets:
        if secret in public:
            raise ImproperlyConfigured(f"{name} is known to everybody: it wants a secret of yours")


def refuse_open_cookies(*, https: bool, hosts: Iterable[str]) -> None:
    """Refuse sessions whose cookie travels in the clear, but on one machine.

    :raises ImproperlyConfigured: others than this machine are served without HTTPS.
    """
    if not https and (elsewhere := sorted(set(hosts) - LOOPBACK)):
        raise ImproperlyConfigured(f"HTTPS cannot be 0: {elsewhere[0]} is not this machine")


def refuse_open_broker(name: str, url: str) -> None:
    """Refuse a broker on another machine that lets everybody in.

    :raises ImproperlyConfigured: its URL has no password.
    """
    at = urlsplit(url)
    if at.hostname and at.hostname not in LOOPBACK and not at.password:
        raise ImproperlyConfigured(
            f"{name} has no password: a broker on another machine wants one, "
            f"{at.scheme}://:password@{at.hostname}"
        )


def refuse_any_host(hosts: Iterable[str]) -> None:
    """Refuse to serve under whatever name a request gives: links and redirects would follow it.

    :raises ImproperlyConfigured: one of the names stands for all.
    """
    if "*" in hosts:
        raise ImproperlyConfigured("ALLOWED_HOSTS cannot be '*': it wants the names of this shop")


def refuse_open_base(name: str, url: str) -> None:
    """Refuse to send keys and card tokens in the clear, but on one machine.

    :raises ImproperlyConfigured: the address of another machine begins with ``http:``.
    """
    at = urlsplit(url)
    if at.scheme == "http" and at.hostname not in LOOPBACK:
        raise ImproperlyConfigured(f"{name} cannot begin with http: it wants https://host")


def refuse_play_money(gateway: str, *, allowed: bool) -> None:
    """Refuse to give goods away for the sandbox's test cards, unless somebody wants just that.

    :raises ImproperlyConfigured: the sandbox is the gateway, and nobody has said so twice.
    """
    if gateway == "sandbox" and not allowed:
        raise ImproperlyConfigured(
            "PAYMENT_GATEWAY cannot be 'sandbox', which takes no money:"
            " SANDBOX_ALLOWED=1 says that this shop gives its goods away"
        )
