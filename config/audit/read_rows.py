"""G5: each row of a read model agrees with the contexts' tables, once it is owed no message."""

from config.audit.invariant import Check, Invariant, count_of, rows_apart, rows_in
from config.audit.other_database import NOT_COMPARED
from config.audit.read_totals import TOTALS

# Dead letters, and messages behind them, count as owed; G4 counts them.
_SUMMARY = f"""
WITH units AS (
    SELECT order_id, sum(quantity) AS item_count FROM orders_orderline GROUP BY order_id
)
SELECT coalesce(o.id, s.order_id) AS order_id, differs.columns
FROM orders_order o
FULL JOIN readmodels_ordersummary s ON s.order_id = o.id
LEFT JOIN units u ON u.order_id = o.id
CROSS JOIN LATERAL (
    SELECT string_agg(name, ', ') AS columns FROM (VALUES
        ('row', o.id IS NULL OR s.order_id IS NULL),
        ('number', s.number IS DISTINCT FROM o.number),
        ('customer_id', s.customer_id IS DISTINCT FROM o.customer_id),
        ('item_count', s.item_count IS DISTINCT FROM u.item_count),
        ('amount', s.amount IS DISTINCT FROM o.amount),
        ('currency', s.currency IS DISTINCT FROM o.currency),
        ('status', s.status IS DISTINCT FROM o.status),
        ('reason_code', s.reason_code IS DISTINCT FROM o.reason_code),
        ('placed_at', s.placed_at IS DISTINCT FROM o.placed_at),
        ('confirmed_at', s.confirmed_at IS DISTINCT FROM o.confirmed_at),
        ('cancelled_at', s.cancelled_at IS DISTINCT FROM o.cancelled_at)
    ) AS compared (name, is_different) WHERE is_different
) AS differs
WHERE differs.columns IS NOT NULL
  AND coalesce(o.id, s.order_id) NOT IN (
      {NOT_COMPARED.format(name="order_summary", table="readmodels_ordersummary", key="order_id")})
"""  # noqa: S608 - our own text

_DETAIL = f"""
SELECT coalesce(o.id, d.order_id) AS order_id, o.status, d.status AS read_status
FROM orders_order o
FULL JOIN readmodels_orderdetail d ON d.order_id = o.id
CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('number', l.number, 'sku', l.sku, 'name', l.name,
        'quantity', l.quantity, 'sent', l.sent, 'returned', l.returned, 'amount', l.amount)
        ORDER BY l.number)
    FROM orders_orderline l WHERE l.order_id = o.id
) AS ordered (lines)
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(jsonb_build_object('kind', a.kind, 'amount', a.amount,
        'reason', a.reason, 'line', a.line, 'included', a.included,
        'rate', a.rate::text, 'jurisdiction', a.jurisdiction) ORDER BY a.number),
        '[]')
    FROM orders_adjustment a WHERE a.order_id = o.id
) AS adjusted (adjustments)
CROSS JOIN LATERAL (
    SELECT (SELECT count(*) FROM orders_shipment s
            WHERE s.order_id = o.id AND s.status = 'dispatched'),
           jsonb_array_length(d.shipments)
) AS left_so_far (shipments, read)
WHERE (o.number, o.customer_id, o.country, o.amount, o.returned_amount, o.currency, o.status,
       o.reason_code,
       o.placed_at, o.confirmed_at, o.fulfilled_at, o.cancelled_at, ordered.lines,
       adjusted.adjustments, left_so_far.shipments)
      IS DISTINCT FROM
      (d.number, d.customer_id, d.country, d.amount, d.returned_amount, d.currency, d.status,
       d.reason_code,
       d.placed_at, d.confirmed_at, d.fulfilled_at, d.cancelled_at, d.lines,
       d.adjustments, left_so_far.read)
  AND coalesce(o.id, d.order_id) NOT IN (
      {NOT_COMPARED.format(name="order_detail", table="readmodels_orderdetail", key="order_id")})
"""  # noqa: S608 - our own text

# No event reports the success of a charge after its payment was given up, or with a wrong amount:
# the read model does not have it.
_RISK = f"""
WITH ledger AS (
    SELECT p.order_id, p.currency, op.kind, op.amount, op.concluded_at, op.rest_stays
    FROM payments_payment p JOIN payments_paymentoperation op ON op.payment_id = p.id
    WHERE op.outcome = 'succeeded' AND NOT op.excess
      AND NOT (op.kind IN ('charge', 'authorize')
               AND (op.came_late OR op.decline_code = 'wrong_amount'))
), money AS (
    SELECT order_id, currency,
           coalesce(sum(CASE kind WHEN 'authorize' THEN amount ELSE -amount END)
               FILTER (WHERE kind = 'authorize' OR kind = 'capture' AND rest_stays), 0)
               AS set_aside,
           max(concluded_at) FILTER (WHERE kind = 'authorize') AS set_aside_at,
           count(*) FILTER (WHERE kind IN ('capture', 'void') AND NOT rest_stays) AS endings,
           coalesce(sum(amount) FILTER (WHERE kind IN ('charge', 'capture')), 0) AS taken,
           max(concluded_at) FILTER (WHERE kind IN ('charge', 'capture')) AS taken_at,
           coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunded
    FROM ledger GROUP BY 1, 2
), failed AS (
    SELECT order_id, currency, sum(amount)::bigint AS amount, min(failed_at) AS since
    FROM (
        SELECT DISTINCT ON (f.payment_id, f.return_id)
               f.payment_id, f.return_id, f.amount, f.failed_at, p.order_id, p.currency, p.given_up
        FROM payments_paymentoperation f JOIN payments_payment p ON p.id = f.payment_id
        WHERE f.failed_at IS NOT NULL AND NOT f.excess
        ORDER BY f.payment_id, f.return_id, f.failed_at DESC
    ) f LEFT JOIN money m USING (order_id, currency)
    WHERE NOT (f.given_up AND m.taken <= m.refunded) AND NOT EXISTS (
        SELECT FROM payments_paymentoperation again
        WHERE again.payment_id = f.payment_id AND again.return_id = f.return_id
          AND again.outcome = 'succeeded')
    GROUP BY 1, 2
), at_risk AS (
    SELECT order_id, currency, 'not_refunded' AS risk, amount, since FROM failed
    UNION ALL
    SELECT order_id, currency, 'not_captured' AS risk, set_aside AS amount, set_aside_at AS since
    FROM money WHERE set_aside > 0 AND endings = 0
      AND order_id NOT IN (SELECT order_id FROM failed)
    UNION ALL
    SELECT order_id, m.currency, 'not_confirmed', taken, taken_at
    FROM money m LEFT JOIN orders_order o ON o.id = order_id
    WHERE taken > refunded AND o.confirmed_at IS NULL
      AND order_id NOT IN (SELECT order_id FROM failed)
)
SELECT order_id, l.risk, r.risk AS read_risk, l.amount, r.amount AS read_amount
FROM at_risk l
FULL JOIN (SELECT * FROM readmodels_moneyatrisk WHERE amount > 0) r USING (order_id)
WHERE (l.risk, l.amount, l.currency, l.since)
      IS DISTINCT FROM (r.risk, r.amount, r.currency, r.since)
  AND order_id NOT IN (
      {NOT_COMPARED.format(name="money_at_risk", table="readmodels_moneyatrisk", key="order_id")})
"""  # noqa: S608 - our own text

READ_ROWS = Invariant(
    "G5",
    "read models",
    counted={
        "orders": rows_in("orders_order"),
        "order summaries": rows_in("readmodels_ordersummary"),
        "order details": rows_in("readmodels_orderdetail"),
        "customers' statistics": rows_in("readmodels_customerstatistics"),
        "daily sales": rows_in("readmodels_dailysales"),
        "stock levels": rows_in("readmodels_stocklevel"),
        "amounts at risk": count_of("SELECT count(*) FROM readmodels_moneyatrisk WHERE amount > 0"),
    },
    checks=[
        Check("an order summary differs from its order", _SUMMARY, rows_apart),
        Check("the details of an order differ from it", _DETAIL, rows_apart),
        Check("money at risk differs from the ledger", _RISK, rows_apart),
        *TOTALS,
    ],
)
