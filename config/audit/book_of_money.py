"""What the gateway's own book says of money, beside our ledger: queries of G2."""

from config.audit.book import GatewayBook
from config.audit.invariant import Parameters, Run

_BOOK = """
WITH book AS (
    SELECT * FROM unnest(%(keys)s::text[], %(kinds)s::text[], %(order_ids)s::text[],
                         %(amounts)s::bigint[], %(currencies)s::text[])
        AS entry (key, kind, order_id, amount, currency)
), ours AS (
    SELECT b.* FROM book b JOIN orders_order o ON o.id::text = b.order_id
)
"""

# Without a committed answer an operation is open although the book has it.
BOOK_ONLY = (
    _BOOK
    + """
SELECT b.order_id, b.key, b.kind, b.amount, coalesce(op.outcome, 'none') AS outcome_in_ledger
FROM ours b LEFT JOIN payments_paymentoperation op
     ON op.idempotency_key = b.key AND op.kind = b.kind AND op.amount = b.amount
WHERE coalesce(op.outcome, 'none') NOT IN
    ('succeeded', 'requested', 'requires_action', 'processing', 'unknown')
"""
)

LEDGER_ONLY = (
    _BOOK
    + """
SELECT p.order_id, op.idempotency_key AS key, op.kind, op.amount
FROM payments_paymentoperation op JOIN payments_payment p ON p.id = op.payment_id
LEFT JOIN book b ON b.key = op.idempotency_key AND b.amount = op.amount AND b.kind = op.kind
WHERE op.outcome = 'succeeded' AND NOT op.outside AND op.kind <> 'release'
  AND b.key IS NULL AND p.gateway = 'sandbox'
"""
)

TWICE_IN_BOOK = (
    _BOOK
    + """
SELECT b.order_id, count(*) AS charges, sum(b.amount) AS charged
FROM ours b WHERE b.kind IN ('charge', 'authorize', 'capture')
GROUP BY b.order_id
HAVING count(*) FILTER (WHERE b.kind IN ('charge', 'authorize')) > 1
    OR count(*) FILTER (WHERE b.kind = 'capture') > 1
       AND sum(b.amount) FILTER (WHERE b.kind = 'capture')
           > sum(b.amount) FILTER (WHERE b.kind = 'authorize')
"""
)

UNKNOWN_ORDER = (
    _BOOK
    + """
SELECT b.order_id, b.key, b.kind, b.amount, b.currency
FROM book b LEFT JOIN orders_order o ON o.id::text = b.order_id WHERE o.id IS NULL
"""
)


def book(run: Run) -> Parameters | None:
    return _columns(run.book)


def later_book(run: Run) -> Parameters | None:
    return _columns(run.later_book)


def _columns(book: GatewayBook) -> Parameters | None:
    if not book.readable:
        return None
    return {
        "keys": book.keys,
        "kinds": book.kinds,
        "order_ids": book.order_ids,
        "amounts": book.amounts,
        "currencies": book.currencies,
    }


def own_book(run: Run) -> Parameters | None:
    return book(run) if run.own_book else None
