"""Register a subscriber for each endpoint, in every process, as the rows say.

A process reads the rows anew every few seconds, when it publishes or delivers something. An
endpoint that was just added is therefore owed what is published a moment later.
"""

import time
from collections.abc import Collection
from threading import Lock

from outbox.events import ResendRequested
from outbox.messages import Event, type_of
from outbox.models import Lane
from outbox.models.endpoints import WebhookEndpoint
from outbox.registry import OutsideSubscriber, known, subscribers, subscribers_of
from outbox.webhooks.subscriber import subscriber_of

REREAD_SECONDS = 2.0
"""How old the rows may be that a process goes by."""

_reading = Lock()
_read_at = float("-inf")


def renew() -> None:
    """Read the rows again if it is time."""
    if time.monotonic() - _read_at >= REREAD_SECONDS:
        read()


def read() -> None:
    """Register, change and remove subscribers as the rows say now."""
    global _read_at  # noqa: PLW0603 - one registry per process
    with _reading:
        rows = {each.subscriber: each for each in WebhookEndpoint.objects.filter(removed_at=None)}
        for subscriber in _registered():
            if subscriber.name not in rows:
                del subscribers[subscriber.name]
        for row in rows.values():
            _register(row)
        subscribers_of.cache_clear()
        _read_at = time.monotonic()


def forget() -> None:
    """Remove the subscribers of all endpoints from this process."""
    for subscriber in _registered():
        del subscribers[subscriber.name]
    subscribers_of.cache_clear()


def give_up_lanes(names: Collection[str]) -> int:
    """Drop what is owed to subscribers whose endpoints were removed.

    :returns: in how many conversations something was owed.
    """
    return Lane.objects.filter(subscriber__in=names).delete()[0]


def give_up_lanes_of_removed() -> None:
    """Drop what processes have published for endpoints that they did not know to be removed."""
    removed = WebhookEndpoint.objects.filter(removed_at__isnull=False)
    give_up_lanes([each.subscriber for each in removed])


def _registered() -> list[OutsideSubscriber]:
    return [each for each in known() if isinstance(each, OutsideSubscriber) and each.chooses]


def _register(row: WebhookEndpoint) -> None:
    found = subscribers.get(row.subscriber)
    if not isinstance(found, OutsideSubscriber):
        found = subscriber_of(row)
    chosen = [type_of[name] for name in row.events if name in type_of]
    found.subscriptions = {each: None for each in chosen if issubclass(each, Event)}
    # Its own flow: the other endpoints are not sent what is meant for this one.
    found.subscriptions[ResendRequested] = frozenset({row.subscriber})
    found.paused = row.paused_at is not None
