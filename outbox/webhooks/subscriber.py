"""A subscriber per endpoint: signs each event and posts it until the endpoint accepts it."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from outbox.messages import Envelope, Event, type_of
from outbox.models import Lane
from outbox.registry import OutsideSubscriber
from outbox.retry import Permanent, Retry, TryLater
from outbox.webhooks.endpoints import Endpoint
from outbox.webhooks.sending import Answer, post
from outbox.webhooks.signing import body_of, headers_of

FOR_DAYS = Retry(attempts=25, base=5, cap=8 * 3600)
"""Waits up to five seconds at first and up to eight hours later on: about two days in all."""

SHARE_OF_LEASE = 0.6
"""How much of a claim's lease one call may take."""

LONGEST_WAIT = 24 * 3600.0
"""The longest wait, in seconds, that an endpoint may ask for."""


class NotTaken(Exception):
    """The endpoint answered, but did not accept the webhook."""


class Gone(Permanent):
    """The endpoint answered 410: it wants no more webhooks."""


class EndpointClosed(Permanent):
    """An endpoint that answered 410 gets nothing until that dead letter is redriven."""


def subscribe(endpoints: Iterable[Endpoint]) -> list[OutsideSubscriber]:
    """Subscribe each endpoint to its events.

    :raises ImproperlyConfigured: one of them is no event.
    """
    return [_subscriber(endpoint) for endpoint in endpoints]


def forward(endpoint: Endpoint, envelope: Envelope[Any]) -> None:
    """Post an event to an endpoint; by the specification only 2xx means that it was accepted.

    :raises NotTaken: it was not accepted.
    :raises TryLater: it was not accepted, and the endpoint says when to retry.
    :raises NoAnswer: there was no answer in time.
    :raises Gone: the endpoint answered 410.
    :raises EndpointClosed: it has answered 410 before.
    """
    _stop_where_gone(endpoint)
    body = body_of(envelope)
    answer = post(
        endpoint.url,
        body,
        headers_of(envelope, body, endpoint.secrets),
        seconds=SHARE_OF_LEASE * settings.OUTBOX_LEASE_SECONDS,
        private=settings.WEBHOOK_PRIVATE_ADDRESSES,
    )
    _judge(endpoint, answer)


def _judge(endpoint: Endpoint, answer: Answer) -> None:
    if 200 <= answer.status < 300:
        return
    said = f"{endpoint.name} answered {answer.status}"
    if answer.status == 410:
        raise Gone(f"{said}: nothing more is sent to it until this is redriven or discarded")
    if answer.retry_after:
        raise TryLater(said, after=min(answer.retry_after, LONGEST_WAIT))
    raise NotTaken(said)


def _stop_where_gone(endpoint: Endpoint) -> None:
    dead = Lane.objects.filter(stopped=True, subscriber=f"webhook_{endpoint.name}")
    if dead.filter(error_type=Gone.__name__).exists():
        raise EndpointClosed(f"{endpoint.name} answered 410 before: redrive what is Gone first")


def _subscriber(endpoint: Endpoint) -> OutsideSubscriber:
    chosen = [_event(endpoint, name) for name in endpoint.events]
    call = partial(forward, endpoint)
    subscriber = OutsideSubscriber(
        f"webhook_{endpoint.name}", call=call, retry=FOR_DAYS, publishes=False
    )
    for event in chosen:
        subscriber.subscribe_to(event)
    return subscriber


def _event(endpoint: Endpoint, name: str) -> type[Event]:
    contract = type_of.get(name)
    if contract is None or not issubclass(contract, Event):
        events = sorted(key for key, each in type_of.items() if issubclass(each, Event))
        raise ImproperlyConfigured(
            f"WEBHOOKS cannot tell {endpoint.name} of {name!r}:"
            f" it wants some of {', '.join(events)}"
        )
    return contract
