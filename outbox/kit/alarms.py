"""Alert operators once of what lasts, however often a tick finds it, and again when it is new.

A row says what they were told of. It is written in the transaction that alerts them, so neither is
without the other; of two ticks at once the second finds the row.
"""

from collections.abc import Collection, Mapping

from django.conf import settings
from django.db import connection

LONGEST_NAME = 255


def news(kind: str, found: Mapping[str, int]) -> list[str]:
    """Return of what operators have to be told now; call it in the transaction that tells them.

    They are told at once of what they have not been told of, and of more of it when they were last
    told ``ALERT_AGAIN_MINUTES`` ago.

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
        told = {name for name, is_told in cursor.fetchall() if is_told}
    return [name for name in found if name[:LONGEST_NAME] in told]


def end_others(kind: str, lasting: Collection[str]) -> None:
    """Take what does not last any more to be over: operators are told when it comes back."""
    with connection.cursor() as cursor:
        cursor.execute(_END_OTHERS, [kind, [name[:LONGEST_NAME] for name in lasting]])


def end(kind: str, name: str) -> None:
    """Take one thing to be over."""
    with connection.cursor() as cursor:
        cursor.execute(_END, [kind, name[:LONGEST_NAME]])


_NEWS = """
INSERT INTO outbox_alarm AS known (kind, name, told, told_at)
SELECT %(kind)s, name, max(told), now()
FROM unnest(%(names)s::text[], %(counts)s::int[]) AS found (name, told)
GROUP BY name ORDER BY name
ON CONFLICT (kind, name) DO UPDATE SET
    told = excluded.told,
    told_at = CASE WHEN excluded.told > known.told THEN now() ELSE known.told_at END
WHERE excluded.told < known.told OR (
    excluded.told > known.told AND known.told_at <= now() - make_interval(mins => %(again)s))
RETURNING name, told_at = now()
"""

_END_OTHERS = "DELETE FROM outbox_alarm WHERE kind = %s AND name <> ALL(%s::text[])"

_END = "DELETE FROM outbox_alarm WHERE kind = %s AND name = %s"
