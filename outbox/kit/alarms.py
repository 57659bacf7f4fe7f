"""Remember which lasting troubles operators were alerted of, so that each is alerted once.

A row is written in the transaction that alerts, so neither exists without the other. Of two
concurrent ticks the second finds the row.
"""

from collections.abc import Collection, Mapping

from django.conf import settings
from django.db import connection

LONGEST_NAME = 255


def news(kind: str, found: Mapping[str, int]) -> list[str]:
    """Return the names to alert operators of now; call it in the transaction that alerts.

    A new name is returned at once; a higher count of a known one only ``ALERT_AGAIN_MINUTES`` after
    its last alert.

    :param found: how many there are, by name.
    """
    if not found:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _NEWS,
            {
                "kind": kind,
                "names": [name[:LONGEST_NAME] for name in found],
                "counts": list(found.values()),
                "again": settings.ALERT_AGAIN_MINUTES,
            },
        )
        alerted = {name for name, is_new in cursor.fetchall() if is_new}
    return [name for name in found if name[:LONGEST_NAME] in alerted]


def end_others(kind: str, lasting: Collection[str]) -> None:
    """End the alarms of a kind whose names are not listed; if one comes back, it is new."""
    with connection.cursor() as cursor:
        cursor.execute(_END_OTHERS, [kind, [name[:LONGEST_NAME] for name in lasting]])


def end(kind: str, name: str) -> None:
    """End one alarm."""
    with connection.cursor() as cursor:
        cursor.execute(_END, [kind, name[:LONGEST_NAME]])


_NEWS = """
INSERT INTO outbox_alarm AS known (kind, name, alerted, alerted_at)
SELECT %(kind)s, name, max(alerted), now()
FROM unnest(%(names)s::text[], %(counts)s::int[]) AS found (name, alerted)
GROUP BY name ORDER BY name
ON CONFLICT (kind, name) DO UPDATE SET
    alerted = excluded.alerted,
    alerted_at = CASE WHEN excluded.alerted > known.alerted THEN now() ELSE known.alerted_at END
WHERE excluded.alerted < known.alerted OR (
    excluded.alerted > known.alerted
    AND known.alerted_at <= now() - make_interval(mins => %(again)s))
RETURNING name, alerted_at = now()
"""

_END_OTHERS = "DELETE FROM outbox_alarm WHERE kind = %s AND name <> ALL(%s::text[])"

_END = "DELETE FROM outbox_alarm WHERE kind = %s AND name = %s"
