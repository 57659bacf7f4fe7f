"""G3: stock items add up, and orders hold what they should."""

from config.audit.invariant import Check, Invariant, rows_in
from config.audit.progress import ON_ITS_WAY, RETURN_UNDER_WAY

_SUMS = """
SELECT sku, i.on_hand, i.reserved, m.on_hand_moved, m.reserved_moved, r.reserved_live
FROM inventory_stockitem i
FULL JOIN (
    SELECT sku, sum(on_hand_change) AS on_hand_moved, sum(reserved_change) AS reserved_moved
    FROM inventory_stockmovement GROUP BY sku) m USING (sku)
FULL JOIN (
    SELECT sku, sum(quantity - sent) AS reserved_live
    FROM inventory_reservation WHERE status IN ('held', 'committed') GROUP BY sku) r USING (sku)
WHERE coalesce(i.on_hand, -1) <> coalesce(m.on_hand_moved, 0)
   OR coalesce(i.reserved, -1) <> coalesce(m.reserved_moved, 0)
   OR coalesce(i.reserved, -1) <> coalesce(r.reserved_live, 0)
"""

_OVERSOLD = """
SELECT sku, on_hand, reserved FROM inventory_stockitem
WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand
"""

# A pending or cancelling order may hold its lines or nothing, as it is about to change. The units
# of a return in progress are held still or back already.
_HOLDINGS = f"""
SELECT order_id, sku, o.status, wanted.units AS ordered, wanted.returned, held.units AS held
FROM (
    SELECT order_id, sku, sum(quantity) AS units, sum(returned) AS returned
    FROM orders_orderline GROUP BY order_id, sku
) wanted
FULL JOIN (
    SELECT order_id, sku, sum(quantity) AS units FROM inventory_reservation
    WHERE status IN ('held', 'committed', 'consumed') GROUP BY order_id, sku
) held USING (order_id, sku)
LEFT JOIN orders_order o ON o.id = order_id
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM orders_orderreturn r WHERE r.order_id = o.id AND {RETURN_UNDER_WAY}
    ) AS is_under_way
) AS return
WHERE CASE
    WHEN o.id IS NULL THEN true
    WHEN o.status IN ('confirmed', 'fulfilled') AND NOT return.is_under_way
        THEN coalesce(held.units, 0) <> coalesce(wanted.units - wanted.returned, 0)
    WHEN o.status IN ('confirmed', 'fulfilled')
        THEN coalesce(held.units, 0)
             NOT BETWEEN coalesce(wanted.units - wanted.returned, 0) AND coalesce(wanted.units, 0)
    WHEN o.status = 'cancelled' THEN held.units > 0
    ELSE held.units > coalesce(wanted.units, 0) END
"""  # noqa: S608 - our own text

_UNEXPLAINED = """
SELECT order_id, sku, moved.units AS moved, held.units AS held
FROM (
    SELECT order_id, sku, sum(reserved_change) AS units
    FROM inventory_stockmovement WHERE order_id IS NOT NULL GROUP BY order_id, sku
) moved
FULL JOIN (
    SELECT order_id, sku, sum(quantity - sent) AS units FROM inventory_reservation
    WHERE status IN ('held', 'committed') GROUP BY order_id, sku
) held USING (order_id, sku)
WHERE coalesce(moved.units, 0) <> coalesce(held.units, 0)
"""

# The goods of a shipment leave before it is dispatched; those of a return come back before its end.
_NOT_SENT = f"""
SELECT order_id, sku, shipped.units AS shipped, gone.units AS left_stock
FROM (
    SELECT order_id, sku, sum(sent) AS units, sum(sent - returned_sent) AS kept
    FROM orders_orderline GROUP BY order_id, sku
) shipped
FULL JOIN (
    SELECT order_id, sku, sum(sent) AS units FROM inventory_reservation GROUP BY order_id, sku
) gone USING (order_id, sku)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(sl.quantity), 0) AS units
    FROM orders_shipmentline sl
    JOIN orders_shipment s ON s.id = sl.shipment_id AND s.status = 'dispatching'
    JOIN orders_orderline l ON l.id = sl.line_id
    WHERE s.order_id = shipped.order_id AND l.sku = shipped.sku
) AS leaving
WHERE coalesce(gone.units, 0) NOT IN (
    coalesce(shipped.kept, 0), coalesce(shipped.kept, 0) + leaving.units)
  AND NOT (EXISTS (
      SELECT FROM orders_orderreturn r
      WHERE r.order_id = shipped.order_id AND {RETURN_UNDER_WAY})
    AND gone.units BETWEEN shipped.kept AND shipped.units)
"""  # noqa: S608 - our own text

_NOT_IN_SHIPMENTS = """
SELECT l.order_id, l.number, l.packed, l.sent, packed.units AS in_shipments, packed.sent AS in_sent
FROM orders_orderline l
LEFT JOIN (
    SELECT sl.line_id, sum(sl.quantity) AS units,
           coalesce(sum(sl.quantity) FILTER (WHERE s.status = 'dispatched'), 0) AS sent
    FROM orders_shipmentline sl JOIN orders_shipment s ON s.id = sl.shipment_id
    WHERE s.status NOT IN ('unpacked', 'held_back') GROUP BY sl.line_id
) packed ON packed.line_id = l.id
WHERE (l.packed, l.sent) IS DISTINCT FROM (coalesce(packed.units, 0), coalesce(packed.sent, 0))
"""

_NOT_AWAITED = f"""
SELECT o.id AS order_id, sku, o.status, wanted.units AS ordered, awaited.units AS awaited
FROM (
    SELECT order_id AS id, sku, sum(l.quantity) AS units
    FROM orders_orderline l JOIN orders_order w ON w.id = l.order_id AND w.status = 'waiting'
    GROUP BY 1, 2
) wanted
FULL JOIN (
    SELECT order_id AS id, sku, quantity AS units
    FROM inventory_reservation WHERE status = 'waiting'
) awaited USING (id, sku)
JOIN orders_order o USING (id)
WHERE wanted.units IS DISTINCT FROM awaited.units AND NOT {ON_ITS_WAY}
"""  # noqa: S608 - our own text

STOCK = Invariant(
    "G3",
    "stock",
    counted={
        "stock items": rows_in("inventory_stockitem"),
        "reservations": rows_in("inventory_reservation"),
        "movements": rows_in("inventory_stockmovement"),
    },
    checks=[
        Check("a stock item is not the sum of its movements and reservations", _SUMS),
        Check("a stock item is oversold", _OVERSOLD),
        Check("an order holds other goods than its status says", _HOLDINGS),
        Check("what has left stock is not what was sent", _NOT_SENT),
        Check("a line is packed or sent otherwise than its shipments say", _NOT_IN_SHIPMENTS),
        Check("an order waits for other goods than its own", _NOT_AWAITED),
        Check("an order's movements are not what it holds", _UNEXPLAINED),
    ],
)
