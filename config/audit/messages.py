"""G4: every message has its deliveries, each is done, owed or dead, and their order is kept."""

from config.audit.invariant import Check, Invariant, Parameters, Run, count_of, rows_in, select
from outbox.messages import type_of
from outbox.registry import subscribers, subscribers_of

# A subscriber is owed nothing of what was said before it first heard a message of that type: it
# may be newer than the log.
_MISSING = """
WITH first AS (
    SELECT d.subscriber, m.type, min(m.recorded_at) AS heard
    FROM outbox_delivery d JOIN outbox_message m ON m.id = d.message_id
    GROUP BY d.subscriber, m.type
)
SELECT m.id AS message_id, m.aggregateid AS order_id, m.sequence, m.type, hears.subscriber
FROM unnest(%(types)s::text[], %(flows)s::text[], %(subscribers)s::text[])
    AS hears (type, flow, subscriber)
JOIN first USING (subscriber, type)
JOIN outbox_message m USING (type, flow)
JOIN outbox_conversation c ON c.id = m.aggregateid AND c.deliveries_removed < m.sequence
LEFT JOIN outbox_delivery d ON d.message_id = m.id AND d.subscriber = hears.subscriber
WHERE d.id IS NULL AND m.recorded_at >= first.heard
"""

_NO_STATE = """
SELECT id AS delivery_id, message_id, subscriber, status, settled_at
FROM outbox_delivery
WHERE status NOT IN ('done', 'owed', 'dead')
   OR status = 'done' AND settled_at IS NULL OR status = 'owed' AND settled_at IS NOT NULL
"""

_NOBODYS = """
SELECT id AS delivery_id, message_id, subscriber
FROM outbox_delivery WHERE status = 'owed' AND subscriber <> ALL(%(known)s)
"""

# What retention has removed is missing at the beginning only.
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

_MISPLACED = """
SELECT d.id AS delivery_id, d.message_id, d.subscriber, d.correlation_id, d.sequence
FROM outbox_delivery d LEFT JOIN outbox_message m ON m.id = d.message_id
WHERE m.id IS NULL OR m.aggregateid <> d.correlation_id OR m.sequence <> d.sequence
"""

_OVERTAKEN = """
SELECT waiting.id AS delivery_id, waiting.subscriber, waiting.correlation_id AS order_id,
       waiting.sequence, max(d.sequence) AS done_already
FROM outbox_delivery waiting
JOIN outbox_delivery d
  ON d.subscriber = waiting.subscriber AND d.correlation_id = waiting.correlation_id
 AND d.sequence > waiting.sequence AND d.status = 'done'
WHERE waiting.status = 'owed' OR waiting.status = 'dead' AND waiting.settled_at IS NULL
GROUP BY waiting.id
"""

_UNCAUSED = """
SELECT m.id AS message_id, m.type, m.aggregateid AS order_id, m.causation_id
FROM outbox_message m LEFT JOIN outbox_message cause
  ON cause.id = m.causation_id AND cause.aggregateid = m.aggregateid
 AND cause.sequence < m.sequence
WHERE m.causation_id IS NOT NULL AND cause.id IS NULL
"""

# The relay moves it within a second or two; a minute's grace is what a restart may take.
_FORGOTTEN = """
SELECT id AS message_id, type, correlation_id AS order_id, due_at
FROM outbox_scheduledmessage WHERE due_at < now() - interval '1 minute'
"""


def _hears(_run: Run) -> Parameters:
    """Say which subscriber hears which type of message in which flow, by the running code."""
    published = select("SELECT type, flow FROM outbox_message GROUP BY type, flow", {})
    hears = [
        (row["type"], row["flow"], subscriber)
        for row in published
        if row["type"] in type_of
        for subscriber in subscribers_of(type_of[row["type"]], row["flow"])
    ]
    return {
        "types": [each for each, _, _ in hears],
        "flows": [each for _, each, _ in hears],
        "subscribers": [each for _, _, each in hears],
    }


def _known(_run: Run) -> Parameters:
    return {"known": list(subscribers)}


MESSAGES = Invariant(
    "G4",
    "messages",
    counted={
        "conversations": rows_in("outbox_conversation"),
        "messages": rows_in("outbox_message"),
        "deliveries": rows_in("outbox_delivery"),
        "owed": count_of("SELECT count(*) FROM outbox_delivery WHERE status = 'owed'"),
        "dead letters": count_of(
            "SELECT count(*) FROM outbox_delivery WHERE status = 'dead' AND settled_at IS NULL"
        ),
        "discarded": count_of(
            "SELECT count(*) FROM outbox_delivery WHERE status = 'dead' AND settled_at IS NOT NULL"
        ),
    },
    checks=[
        Check("a message has no delivery for one of its subscribers", _MISSING, _hears),
        Check("a delivery is neither done, owed nor dead", _NO_STATE),
        Check("a delivery is owed to a subscriber that this code does not have", _NOBODYS, _known),
        Check("the messages of a conversation are not numbered from 1 without a gap", _GAPS),
        Check("a delivery does not stand where its message stands", _MISPLACED),
        Check("a later message of the conversation was delivered first", _OVERTAKEN),
        Check("a scheduled message was not published when it was due", _FORGOTTEN),
        Check("a message's cause is not an earlier message of its conversation", _UNCAUSED),
    ],
)
