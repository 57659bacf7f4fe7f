"""The statements that claim deliveries.

They must not change their plan with the table's statistics, which are always old on a queue. So
each part can use one index only, heads are found by a scalar subquery (an index probe, where an
anti-join may become a scan), and rows are updated by an array of keys.

Nothing unsettled comes before the head of its conversation, so that ``<=`` means ``=``. But the
planner expects many rows of it, and walks the index in order up to the limit; of ``=`` it expects
few, and would read and sort everything that is owed.
"""

_IS_HEAD = """
      d.sequence <= (
          SELECT e.sequence FROM outbox_delivery e
          WHERE e.correlation_id = d.correlation_id AND e.subscriber = d.subscriber
            AND e.settled_at IS NULL
          ORDER BY e.sequence LIMIT 1)"""

_OWED = """
    SELECT d.correlation_id, d.sequence
    FROM outbox_delivery d
    WHERE d.subscriber = %(subscriber)s
      AND d.status = 'owed' AND d.due_at <= now() AND d.claim IS NULL AND {is_head}
    ORDER BY d.due_at
    LIMIT %(conversations)s
    FOR UPDATE SKIP LOCKED
"""

_VANISHED = """
    SELECT held.correlation_id, held.sequence
    FROM outbox_lease l CROSS JOIN LATERAL (
        SELECT d.correlation_id, d.sequence
        FROM outbox_delivery d
        WHERE d.id = ANY (l.deliveries) AND d.claim = l.claim AND {is_head}
        LIMIT %(conversations)s
        FOR UPDATE SKIP LOCKED
    ) AS held
    WHERE l.subscriber = %(subscriber)s AND l.ends_at < now()
    ORDER BY l.ends_at
    LIMIT %(conversations)s
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
    SET claim = %(token)s, attempts = d.attempts + 1
    WHERE d.id = ANY (ARRAY(SELECT id FROM claimable))
    RETURNING d.id, d.attempts, d.message_id, d.correlation_id, d.sequence, d.refusals, d.claim
), leased AS (
    INSERT INTO outbox_lease (claim, subscriber, ends_at, deliveries)
    SELECT c.claim, %(subscriber)s, clock_timestamp() + make_interval(secs => %(lease)s),
           array_agg(c.id)
    FROM claimed c GROUP BY c.claim
)
SELECT c.id, c.attempts, c.message_id, c.correlation_id, c.sequence,
       m.type, m.version, m.payload::text, m.flow, m.traceparent, m.recorded_at, c.refusals,
       c.claim
FROM claimed c JOIN outbox_message m ON m.id = c.message_id
ORDER BY c.sequence
"""

CLAIM_OWED = _CLAIM.format(
    head=_OWED.format(is_head=_IS_HEAD),
    reach="""(d.sequence = head.sequence OR (
              NOT %(heads_only)s
              AND d.status = 'owed' AND d.due_at <= now() AND d.claim IS NULL))""",
)
CLAIM_SUSPECT = _CLAIM.format(
    head=_VANISHED.format(is_head=_IS_HEAD), reach="d.sequence = head.sequence"
)
