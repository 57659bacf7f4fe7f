"""Statements that break each promise, and what the audit has to name.

``nobody`` is an id that no order has; the other parameters are orders by their outcome.
"""

GAPS = "the messages of a conversation are not numbered from 1 without a gap"
DIFFERS = "an order summary differs from its order"
NOT_PAID = (
    "what was sent is not captured, a confirmed order not paid, a cancelled one not refunded,"
    " or a waiting one charged"
)
ASTRAY = "a saga is not where its history leads"

BREAKAGES = {
    "G1: an order has not ended, is not flagged, and nothing will move it": (
        "UPDATE orders_order SET status = 'pending' WHERE id = %(confirmed)s",
        "confirmed",
    ),
    "G1: an order waits for goods that are available": (
        (
            "WITH shelf AS (INSERT INTO inventory_stockitem (sku, on_hand, reserved, version)"
            " VALUES ('KETTLE', 1, 0, 0)) UPDATE inventory_reservation SET sku = 'KETTLE',"
            " created_at = now() - interval '5 minutes' WHERE status = 'waiting'"
        ),
        "waiting",
    ),
    "G1: a saga that has not ended has no next action, or is late for it": (
        (
            "UPDATE sagas_sagainstance SET status = 'running',"
            " next_action_at = now() - interval '5 minutes' WHERE correlation_id = %(confirmed)s"
        ),
        "confirmed",
    ),
    "G1: a saga needs attention and its order is not flagged": (
        (
            "UPDATE sagas_sagainstance SET status = 'needs_attention'"
            " WHERE correlation_id = %(declined)s"
        ),
        "declined",
    ),
    f"G2: {NOT_PAID}": (
        (
            "DELETE FROM payments_paymentoperation"
            " WHERE kind = 'refund' AND idempotency_key LIKE %(cancelled)s::text || '%%'"
        ),
        "cancelled",
    ),
    "G2: more was refunded than captured, captured than ordered, or in another currency": (
        (
            "UPDATE payments_paymentoperation SET amount = amount + 1"
            " WHERE kind = 'refund' AND idempotency_key LIKE %(cancelled)s::text || '%%'"
        ),
        "cancelled",
    ),
    "G2: a payment belongs to no order": (
        "UPDATE payments_payment SET order_id = %(nobody)s WHERE order_id = %(confirmed)s",
        "nobody",
    ),
    "G3: a stock item is not the sum of its movements and reservations": (
        "UPDATE inventory_stockitem SET on_hand = on_hand + 1",
        "MUG",
    ),
    "G3: an order holds other goods than its status says": (
        "UPDATE inventory_reservation SET status = 'committed' WHERE order_id = %(cancelled)s",
        "cancelled",
    ),
    "G3: an order waits for other goods than its own": (
        "UPDATE inventory_reservation SET quantity = quantity + 1 WHERE order_id = %(waiting)s",
        "waiting",
    ),
    "G3: an order's movements are not what it holds": (
        (
            "INSERT INTO inventory_stockmovement"
            " (sku, kind, on_hand_change, reserved_change, order_id, reason, moved_at)"
            " VALUES ('MUG', 'released', 0, -2, %(cancelled)s, 'by hand', now())"
        ),
        "cancelled",
    ),
    "G4: a lane belongs to a subscriber that this code does not have": (
        (
            "INSERT INTO outbox_lane (correlation_id, subscriber, next, since, due_at)"
            " VALUES (%(declined)s, 'fax', 1, now(), now())"
        ),
        "fax",
    ),
    "G4: a lane points at no message of its conversation": (
        (
            "INSERT INTO outbox_lane (correlation_id, subscriber, next, since, due_at)"
            " VALUES (%(declined)s, 'gateway', 100, now(), now())"
        ),
        "declined",
    ),
    "G4: a lane is held under a claim that does not exist": (
        (
            "INSERT INTO outbox_lane (subscriber, correlation_id, next, claim, since, due_at)"
            " VALUES ('gateway', %(confirmed)s, 1, %(nobody)s, now(), now())"
        ),
        "confirmed",
    ),
    "G4: a claim expired and was not cleaned up": (
        (
            "INSERT INTO outbox_claim (token, subscriber, ends_at, lanes)"
            " VALUES (%(nobody)s, 'gateway', now() - interval '5 minutes', '{1}')"
        ),
        "gateway",
    ),
    "G4: a requested call to the gateway is owed to no subscriber": (
        (
            "UPDATE payments_paymentoperation SET outcome = 'requested'"
            " WHERE kind = 'charge' AND idempotency_key LIKE %(confirmed)s::text || '%%'"
        ),
        "confirmed",
    ),
    "G4: a command was answered twice": (
        (
            "WITH longer AS (UPDATE outbox_conversation SET sequence = sequence + 1"
            " WHERE id = %(confirmed)s RETURNING id, sequence)"
            " INSERT INTO outbox_message SELECT %(nobody)s, m.aggregatetype, m.aggregateid,"
            " longer.sequence, m.type, m.version, m.payload, m.causation_id, m.flow,"
            " m.subscribers, m.traceparent, m.recorded_at FROM outbox_message m, longer"
            " WHERE m.aggregateid = longer.id AND m.type = 'InventoryReserved'"
        ),
        "confirmed",
    ),
    "G4: order_summary lacks a message and is not owed it": (
        "UPDATE readmodels_ordersummary SET sequence = 1 WHERE order_id = %(confirmed)s",
        "confirmed",
    ),
    f"G4: {GAPS}": (
        "DELETE FROM outbox_message WHERE aggregateid = %(declined)s AND sequence = 2",
        "declined",
    ),
    "G4: a scheduled message was not published when it was due": (
        (
            "INSERT INTO outbox_scheduledmessage (id, context, correlation_id, type, version,"
            " payload, flow, traceparent, due_at) VALUES (%(nobody)s, 'orders', %(declined)s,"
            " 'CancelOrder', 1, '{}', '', '', now() - interval '5 minutes')"
        ),
        "declined",
    ),
    "G4: a message's cause is not an earlier message of its conversation": (
        (
            "UPDATE outbox_message SET causation_id = %(nobody)s"
            " WHERE aggregateid = %(declined)s AND sequence = 3"
        ),
        "declined",
    ),
    f"G5: {DIFFERS}": (
        "UPDATE readmodels_ordersummary SET status = 'pending' WHERE order_id = %(confirmed)s",
        "confirmed",
    ),
    "G5: the details of an order differ from it": (
        "UPDATE readmodels_orderdetail SET lines = '[]' WHERE order_id = %(confirmed)s",
        "confirmed",
    ),
    "G5: money at risk differs from the ledger": (
        (
            "UPDATE readmodels_moneyatrisk SET risk = 'not_confirmed', amount = captured,"
            " since = now() WHERE order_id = %(confirmed)s"
        ),
        "confirmed",
    ),
    "G5: a stock level differs from the stock": (
        "UPDATE readmodels_stocklevel SET reserved = reserved + 1 WHERE sku = 'MUG'",
        "MUG",
    ),
    "G5: a day's sales differ from the orders that stand": (
        "UPDATE readmodels_dailysales SET units = 99 WHERE sku = 'TEAPOT'",
        "TEAPOT",
    ),
    "G5: a customer's statistics differ from their orders": (
        "UPDATE readmodels_customerstatistics SET orders = orders + 1",
        "read_orders",
    ),
    f"G6: {ASTRAY}": (
        (
            "UPDATE sagas_sagastep t SET status = 'failed' FROM sagas_sagainstance s"
            " WHERE t.name = 'charge' AND s.id = t.saga_id AND s.correlation_id = %(confirmed)s"
        ),
        "confirmed",
    ),
    "G6: an order does not have the one saga of its flow": (
        (
            "UPDATE sagas_sagainstance SET definition = 'cancel_confirmed'"
            " WHERE correlation_id = %(confirmed)s"
        ),
        "confirmed",
    ),
    "G6: an order takes a flow that this code does not have": (
        "UPDATE orders_order SET flow = 'by_hand' WHERE id = %(declined)s",
        "declined",
    ),
    "G6: a saga has ended and its order has not ended with it": (
        "UPDATE orders_order SET status = 'confirmed' WHERE id = %(declined)s",
        "declined",
    ),
    "G6: a saga was moved by a message that is not in its conversation": (
        (
            "UPDATE sagas_sagahistory h SET message_id = %(nobody)s FROM sagas_sagainstance s"
            " WHERE s.id = h.saga_id AND s.correlation_id = %(confirmed)s"
        ),
        "nobody",
    ),
    "G7: an order has a status without its event": (
        "DELETE FROM outbox_message WHERE type = 'OrderConfirmed' AND aggregateid = %(confirmed)s",
        "confirmed",
    ),
    "G7: an order was not cancelled although that was accepted": (
        "UPDATE orders_order SET status = 'confirmed' WHERE id = %(cancelled)s",
        "cancelled",
    ),
    "G7: an order was announced twice, or with other values": (
        "UPDATE orders_order SET amount = amount - 1 WHERE id = %(confirmed)s",
        "confirmed",
    ),
    "G7: an order is not the sum of its lines and adjustments": (
        "DELETE FROM orders_orderline WHERE order_id = %(declined)s",
        "declined",
    ),
    "G7: a voucher counts other orders than those that use it": (
        (
            "INSERT INTO orders_voucher (id, code, percent, currency, minimum, valid_from, used)"
            " VALUES (%(nobody)s, 'SPRING', 10, '', 0, now(), 1)"
        ),
        "SPRING",
    ),
    "G7: a client got the id of an order that does not exist": (
        (
            "WITH client AS (INSERT INTO auth_user (username, password, first_name, last_name,"
            " email, is_superuser, is_staff, is_active, date_joined)"
            " VALUES ('client', '', '', '', '', false, false, true, now()) RETURNING id)"
            " INSERT INTO config_idempotencykey"
            " (user_id, route, key, fingerprint, status, headers, body, answered_at)"
            " SELECT id, 'api/v1/orders', 'a key', '', 202, '{}',"
            " convert_to(json_build_object('id', %(nobody)s::text)::text, 'UTF8'), now()"
            " FROM client"
        ),
        "nobody",
    ),
    "G7: the parts of a divided order are not what it waited for": (
        "UPDATE orders_order SET backorder_of_id = NULL WHERE id = %(waiting)s",
        "divided",
    ),
    "G7: a backorder is not of the order that it was split off from": (
        "UPDATE orders_order SET waited_until = NULL WHERE id = %(divided)s",
        "waiting",
    ),
    "G7: something is stored for an order that does not exist": (
        "UPDATE inventory_reservation SET order_id = %(nobody)s WHERE order_id = %(cancelled)s",
        "nobody",
    ),
}
