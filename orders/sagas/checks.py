"""System checks of sagas (``manage.py check``), which need all apps to be loaded."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error

from orders.sagas.engine.engine import NAME
from orders.sagas.vocabulary.saga import AnyStep, Saga, definitions
from outbox.messages import Event, type_of
from outbox.registry import subscribers


def sagas_can_run(**_: Any) -> list[CheckMessage]:
    """Report steps whose command has no handler, and replies that no context defines."""
    return [
        problem
        for _, saga in sorted(definitions.items(), key=lambda item: item[0])
        for step in saga.every_step
        for problem in (*_unhandled(saga, step), *_unknown(saga, step))
    ]


def sagas_receive_their_events(**_: Any) -> list[CheckMessage]:
    """Report sagas that were defined after the engine subscribed: no message reaches them."""
    return [
        Error(
            f"{saga.name} cannot go on: the engine lacks {', '.join(missed)} in its flow.",
            hint="Define sagas in orders/sagas/definitions, or in the module sagas of an app.",
            id="sagas.E003",
        )
        for _, saga in sorted(definitions.items(), key=lambda item: item[0])
        if (missed := sorted(each.__name__ for each in saga.events if not _receives(saga, each)))
    ]


def _receives(saga: type[Saga], event: type[Event]) -> bool:
    flows = subscribers[NAME].subscriptions.get(event, frozenset())
    return flows is None or saga.flow in flows


def _unhandled(saga: type[Saga], step: AnyStep) -> Iterator[CheckMessage]:
    for command in step.commands():
        if not any(command in subscriber.subscriptions for subscriber in subscribers.values()):
            yield Error(
                f"{saga.name}.{step.name} asks for {command.__name__}, which no context handles.",
                hint="Wire a function to it in its context's handlers.py.",
                id="sagas.E001",
            )


def _unknown(saga: type[Saga], step: AnyStep) -> Iterator[CheckMessage]:
    for _, reply in step.replies():
        if type_of.get(reply.__name__) is not reply or not reply.__module__.endswith(".events"):
            yield Error(
                f"{saga.name}.{step.name} waits for {reply.__name__}, which no context publishes.",
                hint="Events stand in the events.py of the context that owns them.",
                id="sagas.E002",
            )
