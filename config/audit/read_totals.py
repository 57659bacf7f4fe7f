"""G5: each total of a read model is the sum over the contexts' tables.

``manage.py readmodels verify`` compares the same by folding events; this SQL is independent of the
folds, and compares all rows on one snapshot. A read model that is owed a message is left out.
"""

from config.audit.invariant import Check, rows_apart
from config.audit.other_database import NOT_COMPARED


def _is_settled(name: str, shares: str, key: str = "order_id") -> str:
    return f"NOT EXISTS ({NOT_COMPARED.format(name=name, table=shares, key=key)})"


_STOCK = f"""
SELECT sku, i.on_hand, i.reserved, l.on_hand AS read_on_hand, l.reserved AS read_reserved
FROM inventory_stockitem i FULL JOIN readmodels_stocklevel l USING (sku)
WHERE (coalesce(i.on_hand, 0), coalesce(i.reserved, 0))
      IS DISTINCT FROM (coalesce(l.on_hand, 0), coalesce(l.reserved, 0))
  AND {_is_settled("stock_levels", "readmodels_stockbooking", "booking_id")}
"""  # noqa: S608 - our own text

_SALES = f"""
WITH sold AS (
    SELECT (o.placed_at AT TIME ZONE 'UTC')::date AS day, l.sku, o.country, o.currency,
           count(DISTINCT o.id) AS orders, sum(l.quantity) AS units, sum(l.amount) AS amount,
           sum(l.returned) AS returned_units
    FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
    WHERE o.confirmed_at IS NOT NULL AND o.cancelled_at IS NULL
    GROUP BY 1, 2, 3, 4
)
SELECT day, sku, country, currency, s.units, r.units AS read_units, s.amount,
       r.amount AS read_amount
FROM sold s FULL JOIN readmodels_dailysales r USING (day, sku, country, currency)
WHERE (s.orders, s.units, s.amount, s.returned_units)
      IS DISTINCT FROM (r.orders, r.units, r.amount, r.returned_units)
  AND {_is_settled("daily_sales", "readmodels_soldorder")}
"""  # noqa: S608 - likewise

_CUSTOMERS = f"""
WITH ordered AS (
    SELECT customer_id, currency, count(*) AS orders, count(*) FILTER (WHERE stands) AS standing,
           count(*) FILTER (WHERE cancelled_at IS NOT NULL) AS cancelled,
           coalesce(sum(amount) FILTER (WHERE stands), 0) AS amount,
           coalesce(sum(returned_amount) FILTER (WHERE stands), 0) AS returned_amount
    FROM orders_order
    CROSS JOIN LATERAL (SELECT confirmed_at IS NOT NULL AND cancelled_at IS NULL AS stands) AS kept
    WHERE NOT partial OR waited_until IS NOT NULL
    GROUP BY 1, 2
)
SELECT customer_id, currency, o.orders, r.orders AS read_orders, o.amount, r.amount AS read_amount
FROM ordered o FULL JOIN readmodels_customerstatistics r USING (customer_id, currency)
WHERE (o.orders, o.standing, o.cancelled, o.amount, o.returned_amount)
      IS DISTINCT FROM (r.orders, r.standing, r.cancelled, r.amount, r.returned_amount)
  AND {_is_settled("customer_statistics", "readmodels_customerorder")}
"""  # noqa: S608 - likewise

TOTALS = [
    Check("a stock level differs from the stock", _STOCK, rows_apart),
    Check("a day's sales differ from the orders that stand", _SALES, rows_apart),
    Check("a customer's statistics differ from their orders", _CUSTOMERS, rows_apart),
]
