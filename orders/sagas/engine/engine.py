"""The saga engine: load sagas, let them react, save them and publish, batch by batch."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import OperationalError, transaction

from orders.sagas.engine.attention import flags
from orders.sagas.engine.reactions import answers_to_abort, overdue, react, start
from orders.sagas.engine.rows import Progress, Running, load_instances, save
from orders.sagas.models import SagaInstance
from orders.sagas.vocabulary.saga import Saga, current_definitions, definitions
from outbox import conversations
from outbox.alerts import alert_operators
from outbox.commands import AlertOperators
from outbox.declarations import declare, originate
from outbox.handling import kept_for_the_turn, rounds
from outbox.kit.clock import database_now
from outbox.messages import Command, Envelope, Event
from outbox.publishing import publish
from outbox.registry import Subscriber

NAME = "sagas"

LEFT_ALONE = timedelta(minutes=1)
"""How long the sweeper skips a saga that it could not move."""

LEFT_ALONE_BRIEFLY = timedelta(seconds=5)
"""The same if the database could not move it just then: it was away, or held a lock."""

log = structlog.get_logger()


def subscribe() -> Subscriber:
    """Subscribe the engine to every event that moves a saga, in the flows of those sagas."""
    subscriber = Subscriber(NAME, receive=advance, follow_up=True)
    flows_of: dict[type[Event], set[str] | None] = {}
    for saga in definitions.values():
        for event in saga.events:
            flows = flows_of.setdefault(event, set())
            if saga.flow is None or flows is None:
                flows_of[event] = None
            else:
                flows.add(saga.flow)
    for event, flows in flows_of.items():
        subscriber.subscribe_to(event, flows=flows)
    for saga in definitions.values():
        _declare(saga)
    return subscriber


def _declare(saga: type[Saga]) -> None:
    """Declare what a saga may publish: on each of its events, and when a deadline passes."""
    commands: list[type[Command]] = [c for step in saga.every_step for c in step.commands()]
    commands += [*flags, AlertOperators]
    for event in saga.events:
        declare(NAME, event, commands, flow=saga.flow)
    originate(NAME, commands, flows=None if saga.flow is None else [saga.flow])


def advance(envelopes: Sequence[Envelope[Event]]) -> None:
    """Move the sagas of these conversations; state, history and commands commit together."""
    now = database_now()
    with kept_for_the_turn(Running, Running.save) as running:
        running.load(envelope.conversation for envelope in envelopes)
        for batch in rounds(envelopes):
            for envelope in batch:
                _advance(running.of[envelope.conversation], envelope, now)


def _advance(sagas: list[Progress], envelope: Envelope[Event], now: datetime) -> None:
    """Move the sagas of one conversation by one message, which may start another saga."""
    aborts = any(answers_to_abort(each.state, envelope.message) for each in sagas)
    for progress in sagas:
        react(progress.state, envelope.message)
    if not aborts:
        sagas += _started(envelope, sagas, now)
    for progress in sagas:
        carry_out(progress, type(envelope.message).__name__, envelope.id, now)


def sweep(limit: int = 200) -> int:
    """Act on passed deadlines, the oldest first; return how many sagas were late.

    A saga that cannot be moved is skipped for a while and delays no other.
    """
    now = database_now()
    late = SagaInstance.objects.filter(next_action_at__lte=now).order_by("next_action_at")
    order_of = dict(late.values_list("id", "correlation_id")[:limit])
    try:
        pass_deadlines(order_of, now)
    except Exception:
        log.exception("sweep_failed", sagas=len(order_of))
        for saga, order in order_of.items():
            _pass_deadlines_of_one(saga, order, now)
    return len(order_of)


def _pass_deadlines_of_one(saga: UUID, order: UUID, now: datetime) -> None:
    try:
        pass_deadlines({saga: order}, now)
    except Exception as error:
        log.exception("sweep_failed", saga=str(saga))
        alone = LEFT_ALONE_BRIEFLY if isinstance(error, OperationalError) else LEFT_ALONE
        SagaInstance.objects.filter(pk=saga).update(next_action_at=now + alone)


@transaction.atomic
def pass_deadlines(order_of: Mapping[UUID, UUID], now: datetime) -> None:
    """Act on the deadlines of some sagas, of these orders, that have passed by a time."""
    conversations.lock(list(order_of.values()))
    still_late = SagaInstance.objects.filter(pk__in=order_of, next_action_at__lte=now)
    sagas = load_instances(still_late.select_for_update())
    for progress in sagas:
        for step in progress.overdue_steps(now):
            overdue(progress.state, step)
        carry_out(progress, "deadline passed", None, now)
    save(sagas)


def _started(envelope: Envelope[Event], sagas: Sequence[Progress], now: datetime) -> list[Progress]:
    """Start the sagas that this message starts, except those it has started already."""
    known = {(each.instance.started_by, each.instance.definition) for each in sagas}
    started = []
    for saga in current_definitions():
        if saga.started_by is not type(envelope.message) or saga.flow not in (None, envelope.flow):
            continue
        if (envelope.id, saga.name) not in known:
            instance = SagaInstance(
                definition=saga.name,
                version=saga.version,
                fingerprint=saga.fingerprint,
                correlation_id=envelope.conversation,
                flow=envelope.flow,
                started_by=envelope.id,
                received={},
                started_at=now,
            )
            progress = Progress(instance, [], new=True)
            start(progress.state, envelope.message)
            started.append(progress)
    return started


def carry_out(progress: Progress, cause: str, message_id: UUID | None, now: datetime) -> None:
    """Copy what was decided into the rows, and publish the commands."""
    instance = progress.instance
    reason_before = instance.attention_reason
    commands = progress.note(cause=cause, message_id=message_id, now=now)
    if instance.attention_reason != reason_before:
        commands += [
            flag(instance.correlation_id, instance.attention_reason) for flag in flags.values()
        ]
        if instance.attention_reason:
            alert_operators(
                subject=f"{instance.definition} of order {instance.correlation_id} needs attention",
                text=instance.attention_reason,
                conversation=instance.correlation_id,
            )
    for command in commands:
        publish(command, conversation=instance.correlation_id, flow=instance.flow)
