"""The SQL statements that claim lanes.

They must not change their plan with the table's statistics, which are always old on a queue: each
part can use one index only, and what is claimed is found once and then named by its keys.

A claim is written without waiting for the disk. If the server loses it, the lanes are free.
"""

_MESSAGES = """
LEFT JOIN LATERAL (
    SELECT m.id, m.sequence, m.type, m.version, m.payload::text, m.flow, m.traceparent,
           m.recorded_at, m.subscribers
    FROM outbox_message m
    WHERE m.aggregateid = due.correlation_id AND m.sequence >= due.next
      AND m.subscribers && %(names)s::varchar[]
    ORDER BY m.sequence
    LIMIT %(messages)s
) AS m ON true
"""

_CLAIM = """claim AS (
    INSERT INTO outbox_claim (token, subscriber, ends_at, lanes)
    SELECT %(token)s, %(lane)s, clock_timestamp() + make_interval(secs => %(lease)s),
           array_agg(id)
    FROM due HAVING count(*) > 0 AND set_config('synchronous_commit', 'off', true) = 'off'
)"""

_CLAIMED = f"""
SELECT due.id, due.correlation_id, due.next, due.attempts, due.refusals, c.sequence, m.*
FROM due JOIN outbox_conversation c ON c.id = due.correlation_id {_MESSAGES}
ORDER BY m.sequence
"""  # noqa: S608 - our own text

# What another worker is at, or was at when it vanished, is listed in a claim.
CLAIM_INSIDE = f"""
WITH due AS MATERIALIZED (
    SELECT l.id, l.correlation_id, l.next, l.attempts, l.refusals
    FROM outbox_lane l
    WHERE l.subscriber = %(lane)s AND NOT l.stopped AND l.due_at <= now()
      AND l.id <> ALL (ARRAY(
          SELECT unnest(held.lanes) FROM outbox_claim held WHERE held.subscriber = %(lane)s))
    ORDER BY l.due_at
    LIMIT %(most)s
), {_CLAIM} {_CLAIMED}
"""  # noqa: S608 - likewise

TAKE_OVER = f"""
WITH due AS MATERIALIZED (
    SELECT l.id, l.correlation_id, l.next, l.attempts, l.refusals
    FROM outbox_lane l
    WHERE l.correlation_id = ANY (ARRAY(SELECT unnest(%(conversations)s::uuid[])))
      AND l.subscriber = %(lane)s
      AND NOT l.stopped AND l.attempts = 0 AND l.refusals = 0
      AND l.id <> ALL (ARRAY(
          SELECT unnest(held.lanes) FROM outbox_claim held WHERE held.subscriber = %(lane)s))
    FOR UPDATE SKIP LOCKED
) {_CLAIMED}
"""  # noqa: S608 - likewise

# The same for groups, for which no step waits: what is about to go on in a conversation goes
# first, for so long at most. A call outside gets only a moment, unless all work waits longer.
_BEHIND = """(SELECT EXISTS (
                SELECT FROM outbox_lane w
                WHERE w.subscriber = ANY (%(leading)s) AND NOT w.stopped AND w.claim IS NULL
                  AND w.due_at < now() - make_interval(secs => %(moment)s)))"""

CLAIM_AT_REST = CLAIM_INSIDE.replace(
    "l.due_at <= now()",
    f"""l.due_at <= now()
      AND (l.since < now() - make_interval(secs => %(patience)s) OR NOT EXISTS (
          SELECT FROM outbox_lane o
          WHERE o.correlation_id = l.correlation_id AND o.subscriber = ANY (%(leading)s)
            AND NOT o.stopped AND o.due_at <= now()
            AND (o.claim IS NULL OR o.since > now() - make_interval(secs => %(moment)s)
                 OR {_BEHIND})))""",
)

# A call must not be made twice at a time, so the lane bears its claim; no index mentions it.
CLAIM_OUTSIDE = f"""
WITH due AS MATERIALIZED (
    SELECT l.id, l.correlation_id, l.next, l.attempts, l.refusals
    FROM outbox_lane l
    WHERE l.subscriber = %(lane)s AND NOT l.stopped AND l.due_at <= now() AND l.claim IS NULL
    ORDER BY l.due_at
    LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
), held AS (
    UPDATE outbox_lane SET claim = %(token)s WHERE id = ANY (ARRAY(SELECT id FROM due))
), {_CLAIM} {_CLAIMED}
"""  # noqa: S608 - likewise

# A lane that the vanished worker has given back, or that waits for its next try, is not to blame.
_HELD = """NOT l.stopped AND l.due_at <= now()
      AND CASE WHEN %(inside)s THEN l.claim IS NULL ELSE l.claim = vanished.token END"""

# A worker whose session holds its lanes still is slow, or paused: it keeps its claim. Else the next
# one would be handed the message that has paused it, and no try would be counted.
CLAIM_SUSPECT = f"""
WITH vanished AS MATERIALIZED (
    SELECT token, lanes FROM outbox_claim
    WHERE subscriber = %(lane)s AND ends_at < now()
    ORDER BY ends_at LIMIT 1
    FOR UPDATE SKIP LOCKED
), due AS MATERIALIZED (
    SELECT l.id, l.correlation_id, l.next, l.attempts + 1 AS attempts, l.refusals
    FROM outbox_lane l JOIN vanished ON l.id = ANY (vanished.lanes)
    WHERE {_HELD}
    ORDER BY l.due_at
    LIMIT %(most)s
    FOR UPDATE OF l SKIP LOCKED
), tried AS (
    UPDATE outbox_lane l
    SET attempts = l.attempts + 1,
        claim = CASE WHEN l.claim IS NOT NULL THEN %(token)s::uuid END
    FROM due WHERE l.id = due.id
), rest AS (
    UPDATE outbox_claim c SET lanes = array_remove(c.lanes, due.id)
    FROM vanished, due WHERE c.token = vanished.token
), untaken AS MATERIALIZED (
    SELECT token, EXISTS (
        SELECT FROM outbox_lane l WHERE l.id = ANY (vanished.lanes) AND {_HELD}) AS is_locked
    FROM vanished WHERE NOT EXISTS (SELECT FROM due)
), paused AS (
    UPDATE outbox_claim c SET ends_at = clock_timestamp() + interval '1 second'
    FROM untaken WHERE c.token = untaken.token AND is_locked
), over AS (
    DELETE FROM outbox_claim c USING untaken WHERE c.token = untaken.token AND NOT is_locked
), {_CLAIM}
SELECT due.id, due.correlation_id, due.next, due.attempts, due.refusals, c.sequence, m.*
FROM vanished LEFT JOIN due ON true
LEFT JOIN outbox_conversation c ON c.id = due.correlation_id {_MESSAGES}
ORDER BY m.sequence
"""  # noqa: S608 - likewise
