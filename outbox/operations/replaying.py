"""Hand a subscriber the events of the past that were not published for it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from outbox import conversations
from outbox.acts import ReasonMissing, record_act
from outbox.declarations import in_flow
from outbox.handling import rounds
from outbox.log.reading import FIRST
from outbox.messages import Envelope, Event, decode
from outbox.registry import AnySubscriber, Subscriber, subscribers
from outbox.retry import Failure

AT_ONCE = 100
"""Conversations per transaction."""

_UNHEARD = """
FROM outbox_message m
WHERE m.recorded_at >= %(since)s AND m.type = ANY(%(types)s)
  AND NOT m.subscribers @> ARRAY[%(name)s]::varchar[]
"""

_COUNT = f"SELECT count(*), count(DISTINCT m.aggregateid) {_UNHEARD}"

_CONVERSATIONS = f"""
SELECT DISTINCT m.aggregateid {_UNHEARD} AND m.aggregateid > %(after)s ORDER BY 1 LIMIT %(limit)s
"""

_MESSAGES = f"""
SELECT m.id, m.aggregateid, m.sequence, m.type, m.version, m.payload::text, m.flow, m.traceparent,
       extract(epoch FROM m.recorded_at)::float8
{_UNHEARD} AND m.aggregateid = ANY(%(chosen)s) ORDER BY m.aggregateid, m.sequence
"""  # noqa: S608 - likewise


class NotReplayable(ValueError):
    """There is no such subscriber, or it does not say that it may be handed the past."""


@dataclass(slots=True)
class Replayed:
    """What was handed over, and the error of each conversation that has failed."""

    events: int = 0
    conversations: int = 0
    failed: dict[UUID, str] = field(default_factory=dict)


def count_missed(name: str, *, since: datetime) -> tuple[int, int]:
    """Count the events since then that a subscriber receives now and did not then.

    :returns: the number of events, and of their conversations.
    :raises NotReplayable: likewise.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, _asked(_replayable(name), since))
        events, of = cursor.fetchone()
        return int(events), int(of)


def replay(name: str, *, since: datetime, actor: str, reason: str) -> Replayed:
    """Hand a subscriber the events that it has not received, in order per conversation.

    A conversation is a transaction's whole or nothing; one that fails delays no other. What the log
    no longer has is not handed over.

    :raises NotReplayable: see there.
    :raises ReasonMissing: the reason is empty.
    """
    subscriber = _replayable(name)
    if not reason.strip():
        raise ReasonMissing("replay: give a reason")
    done, asked = Replayed(), _asked(subscriber, since)
    with transaction.atomic():
        details = {"since": since.isoformat()}
        record_act(actor=actor, verb="replay", subject=name, reason=reason, details=details)
    after = FIRST
    while chosen := _conversations(asked, after):
        after = chosen[-1]
        _hand_over(subscriber, chosen, asked, done)
    return done


def _hand_over(
    subscriber: AnySubscriber, chosen: Sequence[UUID], asked: dict[str, Any], done: Replayed
) -> None:
    """Hand over some conversations; if that fails, each alone."""
    try:
        events = _commit(subscriber, chosen, asked)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is data
        if len(chosen) == 1:
            done.failed[chosen[0]] = Failure.of(error).error
            return
        for conversation in chosen:
            _hand_over(subscriber, [conversation], asked, done)
    else:
        done.events += events
        done.conversations += len(chosen)


def _commit(subscriber: AnySubscriber, chosen: Collection[UUID], asked: dict[str, Any]) -> int:
    if isinstance(subscriber, Subscriber):
        with transaction.atomic():
            conversations.lock(chosen)
            envelopes = list(_envelopes(subscriber, chosen, asked))
            subscriber.receive(envelopes)
        return len(envelopes)
    envelopes = list(_envelopes(subscriber, chosen, asked))
    for batch in rounds(envelopes):
        results = [subscriber.call(envelope) for envelope in batch]
        with transaction.atomic():
            conversations.lock(chosen)
            unfinished = subscriber.conclude(batch, results)
        if unfinished:
            raise NotConcluded(unfinished[0].reason)
    return len(envelopes)


class NotConcluded(Exception):
    """A call of a replay has to be tried again."""


def _replayable(name: str) -> AnySubscriber:
    subscriber = subscribers.get(name)
    if subscriber is None:
        raise NotReplayable(f"there is no subscriber {name}, only {', '.join(sorted(subscribers))}")
    if isinstance(subscriber, Subscriber) and subscriber.group:
        raise NotReplayable(f"{name} is a read model: rebuild it instead")
    if not subscriber.replayable:
        raise NotReplayable(
            f"{name} may not be handed an event twice: if it may, wire it with replayable=True"
        )
    return subscriber


def _asked(subscriber: AnySubscriber, since: datetime) -> dict[str, Any]:
    types = [each.__name__ for each in subscriber.subscriptions if issubclass(each, Event)]
    return {"name": subscriber.name, "types": types, "since": since}


def _conversations(asked: dict[str, Any], after: UUID) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_CONVERSATIONS, {**asked, "after": after, "limit": AT_ONCE})
        return [key for (key,) in cursor.fetchall()]


def _envelopes(
    subscriber: AnySubscriber, chosen: Collection[UUID], asked: dict[str, Any]
) -> Iterator[Envelope[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_MESSAGES, {**asked, "chosen": list(chosen)})
        rows = cursor.fetchall()
    for key, conversation, sequence, name, version, payload, flow, trace, at in rows:
        message = decode(name, version, payload)
        if in_flow(flow, subscriber.subscriptions[type(message)]):
            yield Envelope(
                message=message,
                id=key,
                conversation=conversation,
                sequence=sequence,
                flow=flow,
                traceparent=trace,
                recorded_at=datetime.fromtimestamp(at, UTC),
                attempt=1,
                subscribers=(subscriber.name,),
            )
