"""G1: every order ends or is flagged; none is stuck without notice."""

from datetime import timedelta

from config.audit.invariant import Check, Invariant, Parameters, Run, count_of, rows_in
from orders.events import CHOREOGRAPHED
from orders.services.attention import overdue_after

# A lane that can still be claimed, and is not ten minutes late.
ON_ITS_WAY = """
EXISTS (
    SELECT FROM outbox_lane l
    WHERE l.correlation_id = o.id AND NOT l.stopped AND l.due_at > now() - interval '10 minutes')
"""

# Goods of an expected return that have not come concern neither money nor stock.
RETURN_UNDER_WAY = """
r.completed_at IS NULL AND (r.expected_until IS NULL OR r.received_at IS NOT NULL)
"""

# Orders are served by age, but not beyond what their customer may hold unpaid.
_NOT_WOKEN = """
SELECT DISTINCT r.order_id, r.sku, s.on_hand - s.reserved AS available
FROM inventory_reservation r JOIN inventory_stockitem s USING (sku)
WHERE r.status = 'waiting' AND s.on_hand > s.reserved
  AND r.created_at < now() - interval '1 minute'
  AND NOT EXISTS (
      SELECT FROM inventory_stockmovement m
      WHERE m.sku = r.sku AND m.moved_at > now() - interval '1 minute')
  AND NOT EXISTS (
      SELECT FROM inventory_reservation h
      WHERE h.customer_id = r.customer_id AND h.status = 'held')
"""

# Payments end the wait for a customer or a bank; until then no choreographed order is overdue.
# The sweeper and a restart of the workers may take a minute.
_STUCK = f"""
SELECT o.id AS order_id, o.status, o.placed_at,
       (SELECT string_agg(l.subscriber, ', ') FROM outbox_lane l
        WHERE l.correlation_id = o.id AND l.stopped) AS dead_letters_at
FROM orders_order o
WHERE o.status IN ('pending', 'cancelling') AND NOT o.needs_attention
  AND NOT EXISTS (
      SELECT FROM sagas_sagainstance s
      WHERE s.correlation_id = o.id
        AND (s.status = 'suspended' OR s.next_action_at > now() - interval '1 minute'))
  AND NOT (o.flow = '{CHOREOGRAPHED}' AND NOT EXISTS (
      SELECT FROM outbox_message m
      WHERE m.aggregateid = o.id AND m.recorded_at < now() - %(watched_after)s))
  AND NOT (o.flow = '{CHOREOGRAPHED}'
           AND coalesce(o.payment_until > now() - %(watched_after)s, false))
  AND NOT {ON_ITS_WAY}
"""  # noqa: S608 - our own text

_FORGOTTEN_SAGA = """
SELECT s.id AS saga_id, s.correlation_id AS order_id, s.definition, s.status, s.next_action_at
FROM sagas_sagainstance s
WHERE s.status IN ('running', 'compensating')
  AND (s.next_action_at IS NULL OR s.next_action_at < now() - interval '1 minute')
"""

# The flag travels as a message, like all else.
_UNFLAGGED = f"""
SELECT s.id AS saga_id, o.id AS order_id, o.status, s.attention_reason
FROM sagas_sagainstance s JOIN orders_order o ON o.id = s.correlation_id
WHERE s.status = 'needs_attention' AND NOT o.needs_attention
  AND NOT {ON_ITS_WAY}
"""  # noqa: S608 - our own text


def _watched_after(_run: Run) -> Parameters:
    """Return the age after which the sweeper must have flagged a choreographed order."""
    return {"watched_after": overdue_after() + timedelta(minutes=1)}


PROGRESS = Invariant(
    "G1",
    "progress",
    counted={
        "orders": rows_in("orders_order"),
        "ended": count_of(
            "SELECT count(*) FROM orders_order"
            " WHERE status IN ('confirmed', 'fulfilled', 'cancelled')"
        ),
        "flagged": count_of("SELECT count(*) FROM orders_order WHERE needs_attention"),
    },
    checks=[
        Check(
            "an order has not ended, is not flagged, and nothing will move it",
            _STUCK,
            _watched_after,
        ),
        Check("an order waits for goods that are available", _NOT_WOKEN),
        Check("a saga that has not ended has no next action, or is late for it", _FORGOTTEN_SAGA),
        Check("a saga needs attention and its order is not flagged", _UNFLAGGED),
    ],
)
