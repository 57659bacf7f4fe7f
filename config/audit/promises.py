"""G7: what was promised or announced exists."""

from config.audit.invariant import Check, Invariant, rows_in

# An order in a status has published the event of that status.
_UNANNOUNCED = """
SELECT o.id AS order_id, o.status, said.what AS not_announced
FROM orders_order o
CROSS JOIN LATERAL (VALUES
    ('OrderBackordered', o.partial),
    ('OrderPlaced', NOT o.partial OR o.waited_until IS NOT NULL),
    ('OrderConfirmed', o.confirmed_at IS NOT NULL),
    ('OrderCancellationRequested',
     o.status = 'cancelling' OR o.confirmed_at IS NOT NULL AND o.status = 'cancelled'),
    ('ShipmentDispatched', o.sent_at IS NOT NULL),
    ('OrderFulfilled', o.fulfilled_at IS NOT NULL),
    ('OrderCancelled', o.status = 'cancelled')
) AS said (what, is_due)
LEFT JOIN outbox_message m ON m.aggregateid = o.id AND m.type = said.what
WHERE said.is_due AND m.id IS NULL
  AND NOT EXISTS (
      SELECT FROM outbox_conversation c WHERE c.id = o.id AND c.messages_removed > 0)
"""

# A cancellation that was accepted is carried out.
_STANDS = """
SELECT o.id AS order_id, o.status, m.payload ->> 'reason_code' AS asked_for
FROM outbox_message m JOIN orders_order o ON o.id = m.aggregateid
WHERE m.type = 'OrderCancellationRequested' AND o.status NOT IN ('cancelling', 'cancelled')
"""

_PLACED_WRONGLY = """
SELECT m.aggregateid AS order_id, count(*) AS times_placed, min(m.payload ->> 'amount') AS announced
FROM outbox_message m LEFT JOIN orders_order o ON o.id = m.aggregateid
WHERE m.type = 'OrderPlaced'
GROUP BY m.aggregateid, o.amount, o.currency
HAVING count(*) > 1 OR bool_or((m.payload ->> 'amount')::bigint IS DISTINCT FROM o.amount)
    OR bool_or(m.payload ->> 'currency' IS DISTINCT FROM o.currency)
"""

_NOT_THE_SUM = """
SELECT o.id AS order_id, o.amount, sum_of.lines AS sum_of_lines,
       sum_of.adjustments AS sum_of_adjustments, sum_of.parts AS sum_of_their_parts
FROM orders_order o
CROSS JOIN LATERAL (
    SELECT (SELECT sum(l.amount) FROM orders_orderline l WHERE l.order_id = o.id) AS lines,
           (SELECT sum(l.adjustment) FROM orders_orderline l WHERE l.order_id = o.id) AS parts,
           (SELECT coalesce(sum(a.amount), 0) FROM orders_adjustment a
            WHERE a.order_id = o.id AND NOT a.included) AS adjustments
) AS sum_of
WHERE (sum_of.lines + sum_of.adjustments, sum_of.adjustments)
      IS DISTINCT FROM (o.amount::numeric, sum_of.parts)
"""

# Units that waited were placed, are still missing, or wait in the backorder split off.
_NOT_DIVIDED = """
WITH waited AS (
    SELECT o.id, o.backorder_of_id, line ->> 'sku' AS sku,
           (line ->> 'quantity')::bigint AS units, (line ->> 'amount')::bigint AS amount
    FROM outbox_message m JOIN orders_order o ON o.id = m.aggregateid
    CROSS JOIN LATERAL jsonb_array_elements(m.payload -> 'lines') AS line
    WHERE m.type = 'OrderBackordered'
), parts AS (
    SELECT order_id, sku, quantity AS units, amount FROM orders_orderline
    UNION ALL SELECT backorder_of_id, sku, units, amount FROM waited
    UNION ALL
    SELECT o.id, line ->> 'sku', (line ->> 'quantity')::bigint, (line ->> 'amount')::bigint
    FROM orders_order o CROSS JOIN LATERAL jsonb_array_elements(o.missing) AS line
    WHERE o.partial
)
SELECT o.id AS order_id, sku, before.units AS waited_for, after.units AS in_both_parts,
       before.amount, after.amount AS amount_of_both
FROM (SELECT id, sku, sum(units) AS units, sum(amount) AS amount FROM waited GROUP BY 1, 2) before
FULL JOIN (
    SELECT order_id AS id, sku, sum(units) AS units, sum(amount) AS amount FROM parts GROUP BY 1, 2
) after USING (id, sku)
JOIN orders_order o USING (id)
WHERE o.partial AND (before.units, before.amount) IS DISTINCT FROM (after.units, after.amount)
  AND NOT EXISTS (
      SELECT FROM outbox_conversation c LEFT JOIN orders_order part ON part.id = c.id
      WHERE o.id IN (c.id, part.backorder_of_id) AND c.messages_removed > 0)
"""

_NOT_LINKED = """
SELECT b.id AS order_id, b.backorder_of_id, b.status
FROM orders_order b JOIN orders_order o ON o.id = b.backorder_of_id
WHERE o.waited_until IS NULL OR NOT b.partial
   OR o.missing <> '[]'
   OR (b.customer_id, b.currency, b.flow) IS DISTINCT FROM (o.customer_id, o.currency, o.flow)
"""

# Gateways report orders of other shops, and payments whose order is not known yet.
_NO_SUCH_ORDER = """
SELECT kept.what, kept.order_id
FROM (
    SELECT 'conversation' AS what, id AS order_id FROM outbox_conversation c
    WHERE NOT EXISTS (SELECT FROM inventory_stockmovement m WHERE m.conversation = c.id)
      AND EXISTS (SELECT FROM outbox_message m WHERE m.aggregateid = c.id
                  AND m.aggregatetype <> 'outbox'
                  AND m.type NOT IN ('HeedWebhook', 'EmailConfirmationRequested'))
    UNION ALL SELECT 'saga', correlation_id FROM sagas_sagainstance
    UNION ALL SELECT 'reservation', order_id FROM inventory_reservation
) AS kept
LEFT JOIN orders_order o ON o.id = kept.order_id
WHERE o.id IS NULL
"""

_ANSWERED = """
SELECT k.key AS idempotency_key, said.id AS order_id
FROM config_idempotencykey k
CROSS JOIN LATERAL (SELECT convert_from(k.body, 'UTF8')::jsonb ->> 'id' AS id) AS said
LEFT JOIN orders_order o ON o.id = said.id::uuid
WHERE k.route = 'api/v1/orders' AND o.id IS NULL
"""

# A voucher is given back when the order and all its backorders are cancelled.
_VOUCHERS = """
WITH RECURSIVE part AS (
    SELECT o.id AS first, o.id, o.status FROM orders_order o WHERE o.uses_vouchers
    UNION
    SELECT part.first, o.id, o.status FROM orders_order o JOIN part ON o.backorder_of_id = part.id
), purchase AS (
    SELECT first, bool_and(status = 'cancelled') AS is_undone FROM part GROUP BY first
)
SELECT v.code, v.used, count(u.id) FILTER (WHERE u.given_back_at IS NULL) AS orders
FROM orders_voucher v
LEFT JOIN orders_voucheruse u ON u.voucher_id = v.id
LEFT JOIN purchase ON purchase.first = u.order_id
GROUP BY v.id
HAVING v.used <> count(u.id) FILTER (WHERE u.given_back_at IS NULL)
    OR bool_or((u.given_back_at IS NOT NULL) <> purchase.is_undone)
"""

PROMISES = Invariant(
    "G7",
    "promises",
    counted={
        "orders": rows_in("orders_order"),
        "lines": rows_in("orders_orderline"),
        "messages": rows_in("outbox_message"),
        "answers kept": rows_in("config_idempotencykey"),
    },
    checks=[
        Check("an order has a status without its event", _UNANNOUNCED),
        Check("an order was not cancelled although that was accepted", _STANDS),
        Check("an order was announced twice, or with other values", _PLACED_WRONGLY),
        Check("an order is not the sum of its lines and adjustments", _NOT_THE_SUM),
        Check("a voucher counts other orders than those that use it", _VOUCHERS),
        Check("a client got the id of an order that does not exist", _ANSWERED),
        Check("the parts of a divided order are not what it waited for", _NOT_DIVIDED),
        Check("a backorder is not of the order that it was split off from", _NOT_LINKED),
        Check("something is stored for an order that does not exist", _NO_SUCH_ORDER),
    ],
)
