"""The saga engine: loads instances, lets them react, saves them and publishes, batch by batch."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from orders.commands import FlagOrder
from orders.sagas.definition import current_definitions, definitions
from orders.sagas.models import SagaInstance
from orders.sagas.progress import Progress, load, load_instances, save
from orders.sagas.reactions import overdue, react, start
from outbox import conversations
from outbox.envelope import Envelope
from outbox.handling import rounds
from outbox.messages import Event
from outbox.publishing import publish
from outbox.registry import Subscriber

NAME = "sagas"

log = structlog.get_logger()


def subscribe() -> Subscriber:
    """Let the engine hear every event that moves a saga, in the flows of those sagas."""
    subscriber = Subscriber(NAME, receive=advance)
    flows_of: dict[type[Event], set[str] | None] = {}
    for saga in definitions.values():
        for event in saga.hears:
            flows = flows_of.setdefault(event, set())
            if saga.flow is None or flows is None:
                flows_of[event] = None
            else:
                flows.add(saga.flow)
    for event, flows in flows_of.items():
        subscriber.hear(event, flows=flows)
    return subscriber


def advance(envelopes: Sequence[Envelope[Event]]) -> None:
    """Move the sagas of these conversations; state, history and commands commit together."""
    running = load(envelope.conversation for envelope in envelopes)
    now = timezone.now()
    for batch in rounds(envelopes):
        for envelope in batch:
            sagas = running[envelope.conversation]
            for progress in sagas:
                react(progress.state, envelope.message)
            sagas += _started(envelope, sagas, now)
            for progress in sagas:
                _publish(progress, type(envelope.message).__name__, envelope.id, now)
    save(progress for sagas in running.values() for progress in sagas)


@transaction.atomic
def sweep(limit: int = 200) -> int:
    """Act on deadlines that have passed, the oldest first; return how many sagas were looked at."""
    now = timezone.now()
    due = SagaInstance.objects.filter(next_action_at__lte=now)
    oldest = due.order_by("next_action_at").values_list("correlation_id", flat=True)
    orders = list(oldest[:limit])
    conversations.lock(orders)
    late = load_instances(due.filter(correlation_id__in=orders).select_for_update())
    for progress in late:
        for step in progress.overdue_steps(now):
            overdue(progress.state, step)
        _publish(progress, "deadline passed", None, now)
    save(late)
    return len(late)


def _started(envelope: Envelope[Event], sagas: Sequence[Progress], now: datetime) -> list[Progress]:
    """Start the sagas that this message starts, unless it has started them already."""
    known = {(each.instance.started_by, each.instance.definition) for each in sagas}
    started = []
    for saga in current_definitions():
        if saga.started_by is not type(envelope.message) or saga.flow not in (None, envelope.flow):
            continue
        if (envelope.id, saga.name) not in known:
            instance = SagaInstance(
                definition=saga.name,
                version=saga.version,
                correlation_id=envelope.conversation,
                flow=envelope.flow,
                started_by=envelope.id,
                heard={},
                started_at=now,
            )
            progress = Progress(instance, [], new=True)
            start(progress.state, envelope.message)
            started.append(progress)
    return started


def _publish(progress: Progress, cause: str, message_id: UUID | None, now: datetime) -> None:
    instance = progress.instance
    reason_before = instance.attention_reason
    commands = progress.note(cause=cause, message_id=message_id, now=now)
    if instance.attention_reason != reason_before:
        _alert(instance)
        commands.append(
            FlagOrder(order_id=instance.correlation_id, reason=instance.attention_reason)
        )
    for command in commands:
        publish(command, conversation=instance.correlation_id, flow=instance.flow)


def _alert(instance: SagaInstance) -> None:
    if instance.attention_reason:
        log.error("saga_needs_attention", saga=str(instance), reason=instance.attention_reason)
    else:
        log.info("saga_needs_no_attention", saga=str(instance))
