"""Keep endpoints: add, change and remove one.

Each is an operator's act. Workers and web processes notice it within seconds (``registered.py``).
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from outbox.acts import record_act
from outbox.kit.secret import Secret
from outbox.messages import Event, context_of, type_of
from outbox.models.endpoints import LONGEST_NAME, LONGEST_URL, WebhookEndpoint
from outbox.webhooks import registered
from outbox.webhooks.signing_secrets import add_secret

USUAL_EVENTS: Final = ("OrderConfirmed", "OrderCancelled")


class EndpointKnown(Exception):
    """An endpoint has, or had, this name: choose another."""


class EndpointRefused(ValueError):
    """No endpoint can be so.

    :cvar field: what about it.
    """

    field: ClassVar[str]


class EndpointNameRefused(EndpointRefused):
    """No endpoint can have this name."""

    field = "name"


class EndpointUrlRefused(EndpointRefused):
    """No endpoint can have this address."""

    field = "url"


class EndpointEventsRefused(EndpointRefused):
    """There are no such events, or none was chosen."""

    field = "events"


def events_to_choose() -> list[str]:
    """Name the events that an endpoint may receive: all but those of messaging itself."""
    return sorted(
        name
        for name, contract in type_of.items()
        if issubclass(contract, Event)
        and (context := context_of(contract)) != "outbox"
        and apps.is_installed(context)
    )


def standing_endpoint(name: str) -> WebhookEndpoint:
    """Return an endpoint that was not removed, locked for the transaction.

    :raises WebhookEndpoint.DoesNotExist: there is none of this name.
    """
    return WebhookEndpoint.objects.select_for_update().get(pk=name, removed_at=None)


@transaction.atomic
def add_endpoint(
    *, name: str, url: str, events: Collection[str] = USUAL_EVENTS, reason: str, actor: str
) -> tuple[WebhookEndpoint, Secret]:
    """Add an endpoint; it receives what is published from now on.

    :returns: the endpoint, and its secret, which nothing shows again.
    :raises EndpointKnown: one has, or had, this name.
    :raises EndpointRefused: the name, the address or an event is not possible.
    :raises KeysMissing: the secret cannot be stored.
    :raises ReasonMissing: no reason is given.
    """
    _require_name(name)
    endpoint, is_new = WebhookEndpoint.objects.get_or_create(
        pk=name, defaults={"url": _required_url(url), "events": _required_events(events)}
    )
    if not is_new:
        raise EndpointKnown(f"{name} is, or was, an endpoint: choose another name")
    secret = add_secret(endpoint)
    record_keeping("add webhook endpoint", endpoint, actor, reason, {"events": endpoint.events})
    return endpoint, secret


@transaction.atomic
def change_endpoint(
    *,
    name: str,
    changes: Mapping[str, Any],
    reason: str,
    actor: str,
    check: Callable[[WebhookEndpoint], None] = lambda _: None,
) -> WebhookEndpoint:
    """Change an endpoint's address or events.

    :param check: gets the locked endpoint before the change; raises to prevent it.
    :raises WebhookEndpoint.DoesNotExist: there is none of this name.
    :raises EndpointRefused: the address or an event is not possible.
    :raises ReasonMissing: no reason is given.
    """
    endpoint = standing_endpoint(name)
    check(endpoint)
    before = list(endpoint.events)
    if "url" in changes:
        endpoint.url = _required_url(changes["url"])
    if "events" in changes:
        endpoint.events = _required_events(changes["events"])
    endpoint.save(update_fields=["url", "events"])
    details = {"before": before, "after": endpoint.events, "changed": sorted(changes)}
    record_keeping("change webhook endpoint", endpoint, actor, reason, details)
    return endpoint


@transaction.atomic
def remove_endpoint(*, name: str, reason: str, actor: str) -> WebhookEndpoint:
    """Remove an endpoint; what it is owed is given up, and its name stays taken.

    :raises WebhookEndpoint.DoesNotExist: there is none of this name.
    :raises ReasonMissing: no reason is given.
    """
    endpoint = standing_endpoint(name)
    endpoint.removed_at = timezone.now()
    endpoint.save(update_fields=["removed_at"])
    endpoint.secrets.all().delete()
    details = {"conversations": registered.give_up_lanes([endpoint.subscriber])}
    record_keeping("remove webhook endpoint", endpoint, actor, reason, details)
    return endpoint


def record_keeping(
    verb: str, endpoint: WebhookEndpoint, actor: str, reason: str, details: Mapping[str, Any]
) -> None:
    """Record what an operator did to an endpoint; this process goes by it at once."""
    record_act(actor=actor, verb=verb, subject=endpoint.name, reason=reason, details=details)
    transaction.on_commit(registered.read)


def _require_name(name: str) -> None:
    is_good = name.isascii() and name.isidentifier() and name.islower()
    if not is_good or len(name) > LONGEST_NAME:
        raise EndpointNameRefused(
            f"A name has {LONGEST_NAME} small letters, digits and underscores at most,"
            " a letter first.",
        )


def _required_url(text: str) -> str:
    try:
        url = urlsplit(text)
        is_good = url.scheme == "https" and url.hostname and url.port != 0
    except ValueError:
        is_good = False
    if not is_good or url.username or url.password or url.fragment or len(text) > LONGEST_URL:
        raise EndpointUrlRefused(
            "An address is https://host/path, without a user, a password or a fragment."
        )
    return text


def _required_events(names: Collection[str]) -> list[str]:
    if unknown := sorted(set(names) - set(events_to_choose())):
        raise EndpointEventsRefused(f"No such event: {', '.join(unknown)}.")
    if not names:
        raise EndpointEventsRefused("Choose one event at least.")
    return sorted(set(names))
