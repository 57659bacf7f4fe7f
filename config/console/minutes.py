"""Note what happened in each minute, for the charts of the first page.

Counts come from the log, so minutes in which no tick came are filled in later, for an hour back.
What was owed then cannot be known later, and stays empty.
"""

from django.db import connection

from outbox.operations.status import first_id

DAYS_KEPT = 35

MOST_FILLED = 60
"""Minutes that one tick fills in at most."""

CLOCKS_DIFFER = 60
"""Seconds by which the clock of a process, which makes ids, may be ahead of the database's."""

_SINCE = """
SELECT greatest(date_trunc('minute', now()) - make_interval(mins => %s), max(at)),
       date_trunc('minute', now())
FROM config_minute
"""

# The newest known minute is counted again: a slow transaction may have joined it late.
_NOTE = """
WITH minute AS (
    SELECT generate_series(%(since)s, %(until)s - interval '1 minute', interval '1 minute') AS at
), said AS (
    SELECT date_trunc('minute', m.recorded_at) AS at, m.type,
           extract(epoch FROM m.recorded_at - before.placed) AS seconds, before.stood
    FROM outbox_message m, LATERAL (
        SELECT min(h.recorded_at) FILTER (WHERE h.type = 'OrderPlaced') AS placed,
               coalesce(bool_or(h.type = 'OrderConfirmed' AND h.sequence < m.sequence), false)
                   AS stood
        FROM outbox_message h
        WHERE h.aggregateid = m.aggregateid AND h.sequence <= m.sequence
    ) AS before
    WHERE m.id >= %(first_id)s AND m.recorded_at >= %(since)s AND m.recorded_at < %(until)s
      AND m.type IN ('OrderPlaced', 'OrderConfirmed', 'OrderCancelled')
), counted AS (
    SELECT at, count(*) FILTER (WHERE type = 'OrderPlaced') AS placed,
           count(*) FILTER (WHERE type = 'OrderConfirmed') AS confirmed,
           count(*) FILTER (WHERE type = 'OrderCancelled') AS cancelled,
           percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY seconds)
               FILTER (WHERE type <> 'OrderPlaced' AND NOT stood) AS seconds
    FROM said GROUP BY at
), failed AS (
    SELECT date_trunc('minute', at) AS at, count(*) AS failures FROM outbox_failedattempt
    WHERE at >= %(since)s AND at < %(until)s GROUP BY 1
), lanes AS (
    SELECT count(*) FILTER (WHERE NOT stopped) AS owed,
           count(*) FILTER (WHERE stopped) AS dead_letters
    FROM outbox_lane
), forgotten AS (
    DELETE FROM config_minute WHERE at < now() - make_interval(days => %(kept)s)
)
INSERT INTO config_minute AS known
    (at, placed, confirmed, cancelled, failures, median, p95, owed, dead_letters)
SELECT at, coalesce(placed, 0), coalesce(confirmed, 0), coalesce(cancelled, 0),
       coalesce(failures, 0), seconds[1], seconds[2],
       CASE WHEN is_last THEN owed END, CASE WHEN is_last THEN dead_letters END
FROM (SELECT at, at = %(until)s - interval '1 minute' AS is_last FROM minute) AS each
LEFT JOIN counted USING (at) LEFT JOIN failed USING (at) CROSS JOIN lanes
ON CONFLICT (at) DO UPDATE SET
    placed = excluded.placed, confirmed = excluded.confirmed, cancelled = excluded.cancelled,
    failures = excluded.failures, median = excluded.median, p95 = excluded.p95,
    owed = coalesce(known.owed, excluded.owed),
    dead_letters = coalesce(known.dead_letters, excluded.dead_letters)
"""


def note_minutes() -> None:
    """Note the minutes that have ended since the last one noted, and forget the oldest."""
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, [MOST_FILLED])
        since, until = cursor.fetchone()
        cursor.execute(
            _NOTE,
            {
                "since": since,
                "until": until,
                "first_id": first_id(since.timestamp() - CLOCKS_DIFFER),
                "kept": DAYS_KEPT,
            },
        )
