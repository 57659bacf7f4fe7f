"""G2: money, by our ledger and by the gateway's own book."""

from config.audit.book_of_money import (
    BOOK_ONLY,
    LEDGER_ONLY,
    TWICE_IN_BOOK,
    UNKNOWN_ORDER,
    book,
    later_book,
    own_book,
)
from config.audit.invariant import Check, Invariant, rows_in
from config.audit.progress import RETURN_UNDER_WAY

_LEDGER = """
WITH money AS (
    SELECT p.order_id, p.currency, count(op.id) AS operations,
           coalesce(sum(op.amount) FILTER (
               WHERE op.kind IN ('charge', 'capture') AND NOT op.excess), 0) AS captured,
           coalesce(sum(op.amount) FILTER (
               WHERE op.kind = 'refund' AND NOT op.excess), 0) AS refunded,
           coalesce(sum(op.amount) FILTER (
               WHERE op.kind = 'capture' AND NOT op.outside), 0) AS of_set_aside,
           coalesce(sum(CASE WHEN op.kind = 'refund' THEN -op.amount ELSE op.amount END)
               FILTER (WHERE op.excess), 0) AS excess,
           greatest(p.amount - min(op.amount) FILTER (
               WHERE op.kind = 'charge' AND op.outside), 0) AS forgone,
           bool_or(op.decline_code = 'wrong_amount') IS TRUE AS was_wrong,
           coalesce(sum(op.amount) FILTER (WHERE op.kind = 'authorize'), 0) AS authorized,
           coalesce(sum(op.amount) FILTER (WHERE op.kind = 'void'), 0) AS voided,
           coalesce(sum(op.amount) FILTER (
               WHERE op.kind = 'refund' AND op.made_there AND NOT op.excess), 0) AS refunded_there,
           coalesce(sum(op.amount) FILTER (WHERE op.is_part AND NOT EXISTS (
               SELECT FROM payments_paymentoperation rest
               WHERE rest.payment_id = p.id AND rest.kind = 'refund' AND NOT rest.is_part
                 AND rest.outcome = 'succeeded' AND NOT rest.excess
                 AND rest.return_id IS NOT DISTINCT FROM op.return_id)), 0) AS parts,
           (SELECT coalesce(sum(f.amount), 0) FROM payments_paymentoperation f
            WHERE f.payment_id = p.id AND f.failed_at IS NOT NULL AND NOT f.excess)
               AS refunds_failed,
           count(*) FILTER (
               WHERE op.kind IN ('charge', 'authorize') AND NOT op.outside) AS charges,
           count(*) FILTER (
               WHERE op.kind IN ('capture', 'void') AND NOT op.rest_stays AND NOT op.outside)
               AS endings,
           coalesce(bool_or(op.kind = 'authorize'), false)
               AND NOT coalesce(bool_or(op.kind IN ('capture', 'void') AND NOT op.rest_stays
                                        OR op.kind = 'charge'), false) AS is_set_aside,
           p.needs_attention OR p.looked_after_at IS NOT NULL AS flagged
    FROM payments_payment p
    LEFT JOIN payments_paymentoperation op ON op.payment_id = p.id AND op.outcome = 'succeeded'
    GROUP BY p.id
)
"""

# An amount settled by hand is not due; what the gateway took nevertheless is counted as excess. Of
# an order that is only authorized, what was sent is due; what leaves now may be captured. The money
# of a return in progress is either here still or refunded. What the gateway refunded on its own is
# gone; a refund that failed later is here until an operator has found another way, which may pay it
# in parts.
_NOT_THE_TOTAL = f"""{_LEDGER}
SELECT o.id AS order_id, o.status, o.amount, o.returned_amount, o.currency,
       coalesce(m.captured, 0) AS captured, coalesce(m.refunded, 0) AS refunded,
       shipped.sent, m.is_set_aside
FROM orders_order o
LEFT JOIN money m ON m.order_id = o.id
LEFT JOIN orders_orderreturn r ON r.order_id = o.id AND {RETURN_UNDER_WAY}
CROSS JOIN LATERAL (
    SELECT coalesce(sum(s.amount) FILTER (WHERE s.status = 'dispatched'), 0) AS sent,
           coalesce(sum(s.amount) FILTER (WHERE s.status = 'dispatching'), 0) AS leaving,
           (SELECT coalesce(sum(b.amount - b.not_taken), 0) FROM orders_orderreturn b
            WHERE b.order_id = o.id) AS back
    FROM orders_shipment s WHERE s.order_id = o.id
) AS shipped
CROSS JOIN LATERAL (
    SELECT coalesce(m.captured - m.refunded + m.parts, 0) AS kept,
           CASE WHEN m.is_set_aside THEN greatest(shipped.sent - shipped.back, 0)
                ELSE greatest(o.amount - o.returned_amount - coalesce(m.forgone, 0), 0) END AS due,
           CASE WHEN m.is_set_aside THEN coalesce(r.amount - r.not_taken, 0)
                ELSE coalesce(r.amount, 0) END AS claimed, coalesce(m.refunds_failed, 0) AS failed,
           coalesce(m.refunded_there, 0) AS there
) AS sums
WHERE CASE
    WHEN o.status IN ('confirmed', 'fulfilled') THEN
        kept NOT IN (due, due + claimed, due + failed, due + claimed + failed)
        AND kept + there NOT IN (due, due + claimed, due + failed, due + claimed + failed)
        AND NOT (m.is_set_aside AND kept = due + shipped.leaving)
    WHEN o.status = 'waiting' THEN m.operations > 0
    WHEN o.status = 'cancelled' THEN
        greatest(kept, 0) NOT IN (0, failed) OR m.authorized > m.of_set_aside + m.voided
    ELSE false END
"""  # noqa: S608 - our own text

# What is set aside goes when the last shipment has left, or the rest is given up.
_STILL_SET_ASIDE = (
    _LEDGER
    + """
SELECT m.order_id, o.status, m.authorized, m.captured
FROM money m JOIN orders_order o ON o.id = m.order_id
WHERE m.is_set_aside AND m.authorized > 0 AND o.status = 'fulfilled' AND NOT m.flagged
"""
)

_TOO_MUCH = (
    _LEDGER
    + """
SELECT m.order_id, o.amount, m.captured, m.refunded, m.authorized, m.voided
FROM money m JOIN orders_order o ON o.id = m.order_id
WHERE m.refunded > m.captured AND NOT m.flagged OR m.captured - m.refunded > o.amount
   OR NOT m.was_wrong AND (m.captured > o.amount OR m.authorized > o.amount
       OR m.authorized > 0 AND m.of_set_aside + m.voided > m.authorized)
   OR m.excess <> 0 AND NOT m.flagged
   OR m.operations > 0 AND m.currency <> o.currency
"""
)

_TWICE = (
    _LEDGER
    + """
SELECT m.order_id, m.charges, m.captured FROM money m WHERE m.charges > 1 OR m.endings > 1
"""
)

_ORPHAN = """
SELECT p.id AS payment_id, p.order_id, p.amount
FROM payments_payment p LEFT JOIN orders_order o ON o.id = p.order_id WHERE o.id IS NULL
"""


MONEY = Invariant(
    "G2",
    "money",
    counted={
        "orders": rows_in("orders_order"),
        "payments": rows_in("payments_payment"),
        "ledger lines": rows_in("payments_paymentoperation"),
        "effective entries in the gateway's book": lambda run: len(run.book.keys),
    },
    checks=[
        Check(
            "what was sent is not captured, a confirmed order not paid, a cancelled one not"
            " refunded, or a waiting one charged",
            _NOT_THE_TOTAL,
        ),
        Check(
            "more was refunded than captured, captured than ordered, or in another currency",
            _TOO_MUCH,
        ),
        Check("money of a fulfilled order is still set aside", _STILL_SET_ASIDE),
        Check("an order was charged more than once", _TWICE),
        Check("a payment belongs to no order", _ORPHAN),
        Check("the gateway did what our ledger does not say", BOOK_ONLY, book),
        Check("our ledger says what the gateway did not do", LEDGER_ONLY, later_book),
        Check("the gateway charged an order more than once", TWICE_IN_BOOK, book),
        Check("the gateway charged for an order that does not exist", UNKNOWN_ORDER, own_book),
    ],
)
