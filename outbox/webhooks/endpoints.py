"""Parse the setting ``WEBHOOKS``: the endpoints that receive webhooks."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from outbox.kit.secret import Secret

SECRET = "whsec_"  # noqa: S105 - the specification's prefix of secrets
LONGEST_NAME = 30
USUAL_EVENTS = ("OrderConfirmed", "OrderCancelled")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A receiver of webhooks.

    :ivar name: must never change: the subscriber is called ``webhook_<name>``.
    :ivar secrets: every webhook is signed with each; the second is for rotation.
    :ivar events: the names of the events it receives.
    """

    name: str
    url: str
    secrets: tuple[str, ...]
    events: tuple[str, ...] = USUAL_EVENTS


def read_endpoints(text: str) -> list[Endpoint]:
    """Parse ``name https://… whsec_… Event,Event``, any number of times.

    A second secret may follow the first; the default of events is ``USUAL_EVENTS``.

    :raises ValueError: a word is not valid where it stands.
    """
    found: list[Endpoint] = []
    words = text.split()
    while words:
        name, url, *words = words if len(words) > 1 else ("", "")
        secrets = []
        while words and words[0].startswith(SECRET):
            secrets.append(Secret(words.pop(0)))
        events = words.pop(0).split(",") if words and words[0][0].isupper() else USUAL_EVENTS
        endpoint = Endpoint(name, url, tuple(secrets), tuple(events))
        found.append(_checked(endpoint, (each.name for each in found)))
    return found


def _checked(endpoint: Endpoint, taken: Iterable[str]) -> Endpoint:
    name, url = endpoint.name, urlsplit(endpoint.url)
    good_name = name.isidentifier() and name.islower() and len(name) <= LONGEST_NAME
    if not good_name or name in taken:
        raise ValueError(name)
    # Reading an invalid port raises ValueError.
    if url.scheme != "https" or not url.hostname or url.username or url.fragment or url.port == 0:
        raise ValueError(endpoint.url)
    if len(endpoint.secrets) not in (1, 2):
        raise ValueError(f"{len(endpoint.secrets)} secrets")
    for secret in endpoint.secrets:
        key = base64.b64decode(secret.removeprefix(SECRET), validate=True)
        if not 24 <= len(key) <= 64:
            raise ValueError("the length of a secret")
    return endpoint
