"""For a step in each status, what each reply and a passed deadline does: all pairs, pure."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import pytest

from orders.sagas.engine.reactions import overdue, react
from orders.sagas.engine.state import SagaState
from orders.sagas.models import StepStatus
from orders.sagas.operators.interventions import resolve, skip
from orders.sagas.vocabulary.saga import Reply
from outbox.messages import Command, Event
from payments.events import PaymentUnresolved
from testkit.sagas import given
from tests.sagas.own import ChargeFirst
from tests.sagas.playing import (
    ACCEPTED,
    BY_ADA,
    CHARGE,
    DECLINED,
    MISSING,
    NOT_REFUNDED,
    ORDER,
    PAID,
    PLACED,
    REFUND,
    REFUNDED,
    RESERVE,
    TO_BE_CONFIRMED,
    cancel,
)

STEP = ChargeFirst.charge

DEADLINE = "deadline"

HISTORIES: Mapping[StepStatus, Sequence[Event | str]] = {
    StepStatus.PENDING: [],
    StepStatus.DISPATCHED: [PLACED],
    StepStatus.POSTPONED: [PLACED, TO_BE_CONFIRMED],
    StepStatus.SUCCEEDED: [PLACED, PAID],
    StepStatus.FAILED: [PLACED, DECLINED],
    StepStatus.UNKNOWN: [PLACED, "charge"],
    StepStatus.COMPENSATING: [PLACED, PAID, MISSING],
    StepStatus.COMPENSATED: [PLACED, PAID, MISSING, REFUNDED],
    StepStatus.COMPENSATION_FAILED: [
        *(PLACED, PAID, MISSING),
        *["charge"] * STEP.compensation_retry.attempts,
    ],
    StepStatus.SKIPPED: [PLACED, "charge"],
    StepStatus.RESOLVED_MANUALLY: [PLACED, "charge"],
}
"""The events that lead an order's charge to each status; the last two also need an operator."""

VERBS: Mapping[StepStatus, Callable[[SagaState], None]] = {
    StepStatus.SKIPPED: lambda state: skip(state, "charge", BY_ADA),
    StepStatus.RESOLVED_MANUALLY: lambda state: resolve(state, BY_ADA),
}

EVENTS: Mapping[str, Event] = {
    Reply.SUCCESS: PAID,
    Reply.FAILURE: DECLINED,
    Reply.POSTPONED: ACCEPTED,
    Reply.UNRESOLVED: PaymentUnresolved(order_id=ORDER, operation="charge"),
    Reply.COMPENSATED: REFUNDED,
    Reply.COMPENSATION_REFUSED: NOT_REFUNDED,
}

CONSEQUENCES: Mapping[tuple[StepStatus, str], tuple[StepStatus, list[Command]]] = {
    (StepStatus.DISPATCHED, Reply.SUCCESS): (StepStatus.SUCCEEDED, [RESERVE]),
    (StepStatus.DISPATCHED, Reply.FAILURE): (StepStatus.FAILED, [cancel("payment_declined")]),
    (StepStatus.DISPATCHED, Reply.POSTPONED): (StepStatus.POSTPONED, []),
    (StepStatus.POSTPONED, Reply.SUCCESS): (StepStatus.SUCCEEDED, [RESERVE]),
    (StepStatus.POSTPONED, Reply.FAILURE): (StepStatus.FAILED, [cancel("payment_declined")]),
    (StepStatus.POSTPONED, Reply.UNRESOLVED): (StepStatus.UNKNOWN, []),
    (StepStatus.POSTPONED, DEADLINE): (StepStatus.UNKNOWN, [CHARGE]),
    (StepStatus.UNKNOWN, Reply.POSTPONED): (StepStatus.POSTPONED, []),
    (StepStatus.DISPATCHED, Reply.UNRESOLVED): (StepStatus.UNKNOWN, []),
    (StepStatus.DISPATCHED, DEADLINE): (StepStatus.UNKNOWN, [CHARGE]),
    (StepStatus.UNKNOWN, Reply.SUCCESS): (StepStatus.SUCCEEDED, [RESERVE]),
    (StepStatus.UNKNOWN, Reply.FAILURE): (StepStatus.FAILED, [cancel("payment_declined")]),
    (StepStatus.UNKNOWN, DEADLINE): (StepStatus.UNKNOWN, [CHARGE]),
    (StepStatus.FAILED, Reply.SUCCESS): (StepStatus.COMPENSATING, [REFUND]),
    (StepStatus.COMPENSATING, Reply.COMPENSATED): (
        StepStatus.COMPENSATED,
        [cancel("out_of_stock")],
    ),
    (StepStatus.COMPENSATING, DEADLINE): (StepStatus.COMPENSATING, [REFUND]),
    (StepStatus.COMPENSATED, Reply.SUCCESS): (StepStatus.COMPENSATING, [REFUND]),
    (StepStatus.COMPENSATION_FAILED, Reply.SUCCESS): (StepStatus.COMPENSATING, [REFUND]),
    (StepStatus.COMPENSATION_FAILED, Reply.FAILURE): (
        StepStatus.FAILED,
        [cancel("out_of_stock")],
    ),
    (StepStatus.COMPENSATION_FAILED, Reply.COMPENSATED): (
        StepStatus.COMPENSATED,
        [cancel("out_of_stock")],
    ),
    (StepStatus.RESOLVED_MANUALLY, Reply.SUCCESS): (StepStatus.SUCCEEDED, []),
}
"""The step's next status, and what is sent. Every other pair changes and sends nothing."""


@pytest.mark.parametrize(("status", "comes"), list(product(StepStatus, [*Reply, DEADLINE])))
def test_a_step_of_any_status_answers_whatever_comes(status: StepStatus, comes: str) -> None:
    state = given(ChargeFirst, *HISTORIES[status])
    if status in VERBS:
        VERBS[status](state)
    assert state.of(STEP) == status
    state.commands = []
    if comes == DEADLINE:
        overdue(state, STEP)
    else:
        react(state, EVENTS[comes])
    assert (state.of(STEP), state.commands) == CONSEQUENCES.get((status, comes), (status, []))
