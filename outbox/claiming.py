"""The statements that claim deliveries.

They must not change their plan with the table's statistics, which are always old on a queue. So
each part can use one index only (the predicates of the two exclude each other), heads are found by
a scalar subquery (an index probe, where an anti-join may become a scan), and rows are updated by an
array of keys.

Nothing unsettled comes before the head of its conversation, so that ``<=`` means ``=``. But the
planner expects many rows of it, and walks the index in order up to the limit; of ``=`` it expects
few, and would read and sort everything that is owed.
"""

_HEAD = """
    SELECT d.correlation_id, d.sequence
    FROM outbox_delivery d
    WHERE d.subscriber = %(subscriber)s AND {condition}
      AND d.sequence <= (
          SELECT e.sequence FROM outbox_delivery e
          WHERE e.correlation_id = d.correlation_id AND e.subscriber = d.subscriber
            AND e.settled_at IS NULL
          ORDER BY e.sequence LIMIT 1)
    ORDER BY {order}
    LIMIT %(conversations)s
    FOR UPDATE SKIP LOCKED
"""

_CLAIM = """
WITH head AS MATERIALIZED ({head}), claimable AS MATERIALIZED (
    SELECT next.id FROM head CROSS JOIN LATERAL (
        SELECT d.id FROM outbox_delivery d
        WHERE d.correlation_id = head.correlation_id AND d.subscriber = %(subscriber)s
          AND d.settled_at IS NULL AND {reach}
        ORDER BY d.sequence
        LIMIT 100
    ) AS next
), claimed AS (
    UPDATE outbox_delivery d
    SET claim = %(token)s, attempts = d.attempts + 1,
        claimed_until = clock_timestamp() + make_interval(secs => %(lease)s)
    WHERE d.id = ANY (ARRAY(SELECT id FROM claimable))
    RETURNING d.id, d.attempts, d.message_id, d.correlation_id, d.sequence, d.refusals, d.claim
)
SELECT c.id, c.attempts, c.message_id, c.correlation_id, c.sequence,
       m.type, m.version, m.payload::text, m.flow, m.traceparent, m.recorded_at, c.refusals,
       c.claim
FROM claimed c JOIN outbox_message m ON m.id = c.message_id
ORDER BY c.sequence
"""

CLAIM_OWED = _CLAIM.format(
    head=_HEAD.format(
        condition="d.status = 'owed' AND d.due_at <= now() AND d.claim IS NULL", order="d.due_at"
    ),
    reach="""(d.sequence = head.sequence OR (
              NOT %(heads_only)s
              AND d.status = 'owed' AND d.due_at <= now() AND d.claim IS NULL))""",
)
CLAIM_SUSPECT = _CLAIM.format(
    head=_HEAD.format(
        condition="d.claim IS NOT NULL AND d.claimed_until < now()", order="d.claimed_until"
    ),
    reach="d.sequence = head.sequence",
)
