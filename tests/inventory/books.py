"""Compare stock items with the sums of their movements and reservations, by separate SQL."""

from typing import Any

from django.db import connection

_DIFFERENT = """
SELECT sku, i.on_hand, m.on_hand, i.reserved, m.reserved, coalesce(r.reserved, 0)
FROM inventory_stockitem i
LEFT JOIN (
    SELECT sku, sum(on_hand_change) AS on_hand, sum(reserved_change) AS reserved
    FROM inventory_stockmovement GROUP BY sku) m USING (sku)
LEFT JOIN (
    SELECT sku, sum(quantity) AS reserved
    FROM inventory_reservation WHERE status IN ('held', 'committed') GROUP BY sku) r USING (sku)
WHERE (i.on_hand, i.reserved, i.reserved) IS DISTINCT FROM
      (coalesce(m.on_hand, 0), coalesce(m.reserved, 0), coalesce(r.reserved, 0))
"""


def unequal() -> list[Any]:
    """Return the items whose row, movements and live reservations disagree."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT)
        return list(cursor.fetchall())
