"""G4: every message is handled once by each of its subscribers, in order, or a lane owes it.

No row records that a message was handled. Its effects show it: the sequence of each read row, the
outcome of each call to the gateway, and the replies to commands, which name their cause. G1 and G6
find sagas and orders that wait for a message.
"""

from collections.abc import Iterator
from typing import Any

from config.audit.invariant import Check, Invariant, Parameters, Run, count_of, rows_in
from config.audit.other_database import NOT_COMPARED, are_apart
from outbox.messages import Command, Event, type_of
from outbox.registry import groups, subscribers
from readmodels.projection import Projection, projections

_UNKNOWN = """
SELECT id AS lane_id, correlation_id AS order_id, subscriber
FROM outbox_lane WHERE subscriber <> ALL(%(known)s)
"""

# A lane may point one past the last message while a message is being committed.
_ASTRAY = """
SELECT l.id AS lane_id, l.correlation_id AS order_id, l.subscriber, l.next, c.sequence
FROM outbox_lane l LEFT JOIN outbox_conversation c ON c.id = l.correlation_id
WHERE c.id IS NULL OR l.next NOT BETWEEN 1 AND c.sequence + 1
   OR l.stopped AND l.next > c.sequence
"""

# A restart of the workers may take a minute.
_ABANDONED = """
SELECT token AS claim, subscriber, ends_at
FROM outbox_claim WHERE ends_at < now() - interval '1 minute'
"""

_UNKNOWN_CLAIMS = """
SELECT l.id AS lane_id, l.correlation_id AS order_id, l.subscriber, l.claim
FROM outbox_lane l LEFT JOIN outbox_claim c ON c.token = l.claim
WHERE l.claim IS NOT NULL AND c.token IS NULL
"""

_UNCALLED = """
SELECT p.order_id, op.idempotency_key, op.requested_at
FROM payments_paymentoperation op JOIN payments_payment p ON p.id = op.payment_id
WHERE op.outcome = 'requested' AND NOT EXISTS (
    SELECT FROM outbox_lane l WHERE l.correlation_id = p.order_id AND l.subscriber = 'gateway')
"""

_ANSWERED_TWICE = """
SELECT cause.aggregateid AS order_id, cause.id AS message_id, cause.type, reply.type AS reply
FROM outbox_message reply
JOIN outbox_message cause
  ON cause.id = reply.causation_id AND cause.aggregateid = reply.aggregateid
WHERE cause.type = ANY(%(commands)s) AND reply.type = ANY(%(events)s)
GROUP BY cause.aggregateid, cause.id, cause.type, reply.type
HAVING count(*) > 1
"""

# Retention removes messages at the beginning only.
_GAPS = """
SELECT coalesce(c.id, m.id) AS order_id, c.sequence AS counted, m.messages, m.last
FROM outbox_conversation c
FULL JOIN (
    SELECT aggregateid AS id, count(*) AS messages, min(sequence) AS first, max(sequence) AS last
    FROM outbox_message GROUP BY aggregateid
) m USING (id)
WHERE c.id IS NULL OR c.sequence - c.messages_removed <> coalesce(m.messages, 0)
   OR m.last <> c.sequence OR m.first <> c.messages_removed + 1
"""

_UNCAUSED = """
SELECT m.id AS message_id, m.type, m.aggregateid AS order_id, m.causation_id
FROM outbox_message m LEFT JOIN outbox_message cause
  ON cause.id = m.causation_id AND cause.aggregateid = m.aggregateid
 AND cause.sequence < m.sequence
WHERE m.causation_id IS NOT NULL AND cause.id IS NULL
"""

# The relay publishes it within a second or two; a restart may take a minute.
_FORGOTTEN = """
SELECT id AS message_id, type, correlation_id AS order_id, due_at
FROM outbox_scheduledmessage WHERE due_at < now() - interval '1 minute'
"""


def _not_folded(projection: Projection[Any]) -> str:
    """Return a query for rows without a message that their projection is not owed any more."""
    meta = projection.model._meta  # noqa: SLF001 - Django's documented Model._meta API
    table, key = meta.db_table, meta.pk.column
    ahead = NOT_COMPARED.format(name=projection.name, table=table, key=key)
    return f"""
SELECT '{projection.name}' AS read_model, m.order_id, m.last, r.sequence AS folded_up_to
FROM (
    SELECT aggregateid AS order_id, max(sequence) AS last
    FROM outbox_message WHERE '{projection.name}' = ANY(subscribers) GROUP BY aggregateid
) AS m
LEFT JOIN {table} r ON r.{key} = m.order_id
WHERE coalesce(r.sequence, 0) < m.last AND m.order_id NOT IN ({ahead})
"""  # noqa: S608 - our own names


def _folded() -> Iterator[Check]:
    for projection in projections.values():
        yield Check(
            f"{projection.name} lacks a message and is not owed it",
            _not_folded(projection),
            lambda _run: {"apart": are_apart()},
        )


def _known(_run: Run) -> Parameters:
    return {"known": [*subscribers, *groups]}


def _kinds(_run: Run) -> Parameters:
    return {
        "commands": [name for name, each in type_of.items() if issubclass(each, Command)],
        "events": [name for name, each in type_of.items() if issubclass(each, Event)],
    }


MESSAGES = Invariant(
    "G4",
    "messages",
    counted={
        "conversations": rows_in("outbox_conversation"),
        "messages": rows_in("outbox_message"),
        "owed lanes": count_of("SELECT count(*) FROM outbox_lane WHERE NOT stopped"),
        "dead letters": count_of("SELECT count(*) FROM outbox_lane WHERE stopped"),
    },
    checks=[
        Check("the messages of a conversation are not numbered from 1 without a gap", _GAPS),
        Check(
            "a lane belongs to a subscriber that this code does not have",
            _UNKNOWN,
            _known,
        ),
        Check("a lane points at no message of its conversation", _ASTRAY),
        Check("a claim expired and was not cleaned up", _ABANDONED),
        Check("a lane is held under a claim that does not exist", _UNKNOWN_CLAIMS),
        Check("a requested call to the gateway is owed to no subscriber", _UNCALLED),
        Check("a command was answered twice", _ANSWERED_TWICE, _kinds),
        *_folded(),
        Check("a scheduled message was not published when it was due", _FORGOTTEN),
        Check("a message's cause is not an earlier message of its conversation", _UNCAUSED),
    ],
)
