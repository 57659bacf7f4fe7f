"""Messages that are due later: rows of a table of their own until they join the log.

A message takes its place in its conversation when it falls due, not when it is scheduled: it holds
up nothing of what is published before, and whoever hears it has heard all of that. A timer would be
lost with its process; rows are not.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection, transaction

from outbox.log.append import NewRow, append
from outbox.messages import Contract, type_of

BATCH = 200


def schedule(rows: Sequence[tuple[NewRow, datetime]]) -> None:
    """Keep messages until they are due."""
    if rows:
        document = [{"row": row, "due_at": due_at} for row, due_at in rows]
        with connection.cursor() as cursor:
            cursor.execute(_SCHEDULE, [msgspec.json.encode(document).decode()])


def withdraw(contract: type[Contract], conversations: Collection[UUID]) -> int:
    """Take back what is scheduled of this type in these conversations; return how many that were.

    What falls due at this moment is delivered all the same: its handler has to bear that.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, [list(conversations), contract.__name__])
        withdrawn: int = cursor.rowcount
    return withdrawn


def publish_due() -> set[str]:
    """Move what is due by the database's clock to the log, in the order of the due times.

    Several relays do no harm: one of them moves, the others pass. A message that this code does not
    know is left to code that does.

    :returns: the subscribers that are owed something by this.
    """
    owed_to: set[str] = set()
    while True:
        with transaction.atomic():
            rows = _take()
            owed_to |= append(rows)
        if len(rows) < BATCH:
            return owed_to


def _take() -> list[NewRow]:
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(_TAKE, [list(type_of), BATCH])
        rows = [NewRow(*row) for row in cursor.fetchall()]
    return [replace(row, payload=msgspec.Raw(row.payload.encode())) for row in rows]


_SCHEDULE = """
INSERT INTO outbox_scheduledmessage (
    id, context, correlation_id, type, version, payload, causation_id, flow, traceparent, due_at
)
SELECT r.id, r.context, r.conversation, r.type, r.version, r.payload, r.causation, r.flow,
       r.traceparent, s.due_at
FROM jsonb_to_recordset(%s::jsonb) AS s (row jsonb, due_at timestamptz)
CROSS JOIN jsonb_to_record(s.row) AS r (
    id uuid, context text, conversation uuid, type text, version smallint, payload jsonb,
    causation uuid, flow text, traceparent text
)
"""

# Whoever moves messages holds their rows and then asks for their conversations; whoever withdraws
# holds a conversation and must not wait for the rows.
_WITHDRAW = """
DELETE FROM outbox_scheduledmessage WHERE id = ANY(ARRAY(
    SELECT id FROM outbox_scheduledmessage
    WHERE correlation_id = ANY(%s) AND type = %s
    FOR UPDATE SKIP LOCKED))
"""

_ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('outbox_scheduledmessage'))"

_TAKE = """
WITH taken AS (
    DELETE FROM outbox_scheduledmessage WHERE id = ANY(ARRAY(
        SELECT id FROM outbox_scheduledmessage
        WHERE due_at <= now() AND type = ANY(%s)
        ORDER BY due_at, id
        LIMIT %s
        FOR UPDATE SKIP LOCKED))
    RETURNING *
)
SELECT id, context, correlation_id, type, version, causation_id, flow, traceparent, payload::text
FROM taken ORDER BY due_at, id
"""
