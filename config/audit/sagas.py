"""G6: every saga is where its history leads, and every orchestrated order has exactly one."""

import json
from collections.abc import Callable

from config.audit.invariant import Check, Invariant, Parameters, Row, Run, rows_in, select
from config.audit.saga_path import HistoryRow, fault_of
from orders.flows import FLOWS
from orders.sagas.models import ENDED
from orders.sagas.vocabulary.saga import definitions

# Many sagas, few paths: each distinct one is judged once.
_PATHS = """
SELECT s.id AS saga_id, s.correlation_id AS order_id, s.definition, s.version, s.status,
       coalesce(h.path, '[]') AS path, coalesce(t.steps, '{}') AS steps
FROM sagas_sagainstance s
LEFT JOIN (
    SELECT saga_id, json_agg(json_build_array(cause, status, changes) ORDER BY id)::text AS path
    FROM sagas_sagahistory GROUP BY saga_id) h ON h.saga_id = s.id
LEFT JOIN (
    SELECT saga_id, json_object_agg(name, status ORDER BY name)::text AS steps
    FROM sagas_sagastep GROUP BY saga_id) t ON t.saga_id = s.id
"""

_DISTINCT = f"""
SELECT definition, version, status, path, steps FROM ({_PATHS}) AS paths GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608 - our own text

AT_FAULT = f"""
SELECT saga_id, order_id, definition, version, fault.why
FROM ({_PATHS}) AS paths
JOIN unnest(%(definitions)s::text[], %(versions)s::int[], %(statuses)s::text[],
            %(paths)s::text[], %(steps)s::text[], %(whys)s::text[])
    AS fault (definition, version, status, path, steps, why)
    USING (definition, version, status, path, steps)
"""  # noqa: S608 - our own text

# OrderPlaced starts a saga; while the engine is owed it there is none.
_NOT_ONE = """
SELECT o.id AS order_id, o.flow, o.status, count(s.id) AS sagas_of_this_flow
FROM orders_order o
LEFT JOIN unnest(%(names)s::text[], %(flows)s::text[]) AS its (definition, flow)
       ON its.flow = o.flow
LEFT JOIN sagas_sagainstance s
       ON s.correlation_id = o.id AND s.definition = ANY(%(names)s::text[])
WHERE NOT (o.partial AND o.waited_until IS NULL)
AND NOT EXISTS (
    SELECT FROM outbox_lane l WHERE l.subscriber = 'sagas' AND l.correlation_id = o.id)
GROUP BY o.id, its.definition
HAVING count(s.id) <> (CASE WHEN its.definition IS NULL THEN 0 ELSE 1 END)
    OR bool_or(s.definition <> its.definition)
"""

_NO_SUCH_FLOW = """
SELECT id AS order_id, flow, status FROM orders_order WHERE flow <> ALL(%(flows)s)
"""

_OTHER_END = """
SELECT s.id AS saga_id, o.id AS order_id, s.definition, s.status AS saga_status, o.status
FROM sagas_sagainstance s JOIN orders_order o ON o.id = s.correlation_id
WHERE s.status = 'compensated' AND s.definition = ANY(%(names)s::text[])
      AND o.status <> 'cancelled'
   OR s.status = 'completed' AND s.definition = ANY(%(names)s::text[])
      AND o.status IN ('pending', 'cancelled') AND o.confirmed_at IS NULL
   OR s.status = 'completed' AND s.definition = 'cancel_confirmed' AND o.status <> 'cancelled'
"""

_UNHEARD = """
SELECT s.id AS saga_id, s.correlation_id AS order_id, h.cause, h.message_id
FROM sagas_sagahistory h JOIN sagas_sagainstance s ON s.id = h.saga_id
LEFT JOIN outbox_message m
       ON m.id = h.message_id AND m.aggregateid = s.correlation_id AND m.type = h.cause
WHERE h.message_id IS NOT NULL AND m.id IS NULL
  AND NOT EXISTS (
      SELECT FROM outbox_conversation c WHERE c.id = s.correlation_id AND c.messages_removed > 0)
"""


def judged_by(judge: Callable[..., str | None]) -> Callable[[Run], Parameters | None]:
    """Return the parameters of ``AT_FAULT``: each distinct path that a judge finds a fault in.

    :param judge: takes a definition, its history, and ``status`` and ``steps`` as they stand.
    """

    def faults(_run: Run) -> Parameters | None:
        found = [
            {**row, "why": why} for row in select(_DISTINCT, {}) if (why := _judge(judge, row))
        ]
        if not found:
            return None
        return {
            "definitions": [row["definition"] for row in found],
            "versions": [row["version"] for row in found],
            "statuses": [row["status"] for row in found],
            "paths": [row["path"] for row in found],
            "steps": [row["steps"] for row in found],
            "whys": [row["why"] for row in found],
        }

    return faults


def _judge(judge: Callable[..., str | None], row: Row) -> str | None:
    saga = definitions.get((row["definition"], row["version"]))
    if saga is None:
        # One that has ended needs its definition no more, nor can its path be judged.
        return None if row["status"] in ENDED else "this code does not have its definition"
    path = [HistoryRow(*entry) for entry in json.loads(row["path"])]
    return judge(saga, path, status=row["status"], steps=json.loads(row["steps"]))


def _flow_sagas(_run: Run) -> Parameters:
    pairs = sorted({(saga.name, saga.flow) for saga in definitions.values() if saga.flow})
    return {"names": [name for name, _ in pairs], "flows": [flow for _, flow in pairs]}


def _flows(_run: Run) -> Parameters:
    return {"flows": sorted(FLOWS)}


SAGAS = Invariant(
    "G6",
    "sagas",
    counted={
        "sagas": rows_in("sagas_sagainstance"),
        "steps": rows_in("sagas_sagastep"),
        "entries of history": rows_in("sagas_sagahistory"),
        "distinct paths": lambda _run: len(select(_DISTINCT, {})),
    },
    checks=[
        Check("a saga is not where its history leads", AT_FAULT, judged_by(fault_of)),
        Check("an order does not have the one saga of its flow", _NOT_ONE, _flow_sagas),
        Check("an order takes a flow that this code does not have", _NO_SUCH_FLOW, _flows),
        Check("a saga has ended and its order has not ended with it", _OTHER_END, _flow_sagas),
        Check("a saga was moved by a message that is not in its conversation", _UNHEARD),
    ],
)
