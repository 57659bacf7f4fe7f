"""Schedule messages: rows of a table of their own until they are due and join the log.

A message gets its sequence when it falls due, so it delays nothing that is published before.
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
    """Delete scheduled messages of a type in these conversations; return how many.

    One that falls due at this moment is delivered nevertheless: its handler has to accept that.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, [list(conversations), contract.__name__])
        withdrawn: int = cursor.rowcount
    return withdrawn


def publish_due() -> set[str]:
    """Move what is due by the database's clock to the log, in the order of the due times.

    If several relays run, one moves messages and the others skip. Messages of types that this code
    does not know are left to newer code.

    :returns: the names of the lanes that owe them.
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

# Moving messages locks their rows, then their conversations. Withdrawing has locked a conversation,
# so it must not wait for the rows.
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
