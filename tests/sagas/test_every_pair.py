"""A step in each status hears each message: sixty pairs, and what comes of each, pure."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import pytest

from orders.sagas.definitions.charge_first import ChargeFirst
from orders.sagas.engine.reactions import Heard, overdue, react
from orders.sagas.engine.state import SagaState
from orders.sagas.models import StepStatus
from orders.sagas.operators.interventions import resolve, skip
from outbox.messages import Command, Event
from payments.events import PaymentUnresolved
from tests.sagas.playing import (
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
    cancel,
    given,
)

STEP = ChargeFirst.charge

HISTORIES: Mapping[StepStatus, Sequence[Event | str]] = {
    StepStatus.PENDING: [],
    StepStatus.DISPATCHED: [PLACED],
    StepStatus.SUCCEEDED: [PLACED, PAID],
    StepStatus.FAILED: [PLACED, DECLINED],
    StepStatus.UNKNOWN: [PLACED, "charge"],
    StepStatus.COMPENSATING: [PLACED, PAID, MISSING],
    StepStatus.COMPENSATED: [PLACED, PAID, MISSING, REFUNDED],
    StepStatus.COMPENSATION_FAILED: [
        *(PLACED, PAID, MISSING),
        *["charge"] * STEP.undo_retry.attempts,
    ],
    StepStatus.SKIPPED: [PLACED, "charge"],
    StepStatus.RESOLVED_MANUALLY: [PLACED, "charge"],
}
"""What leads the charge of an order to each status; the last two need an operator besides."""

VERBS: Mapping[StepStatus, Callable[[SagaState], None]] = {
    StepStatus.SKIPPED: lambda state: skip(state, "charge", BY_ADA),
    StepStatus.RESOLVED_MANUALLY: lambda state: resolve(state, BY_ADA),
}

EVENTS: Mapping[Heard, Event] = {
    Heard.SUCCESS: PAID,
    Heard.FAILURE: DECLINED,
    Heard.UNRESOLVED: PaymentUnresolved(order_id=ORDER, operation="charge"),
    Heard.COMPENSATED: REFUNDED,
    Heard.UNDO_REFUSED: NOT_REFUNDED,
}

CONSEQUENCES: Mapping[tuple[StepStatus, Heard], tuple[StepStatus, list[Command]]] = {
    (StepStatus.DISPATCHED, Heard.SUCCESS): (StepStatus.SUCCEEDED, [RESERVE]),
    (StepStatus.DISPATCHED, Heard.FAILURE): (StepStatus.FAILED, [cancel("payment_declined")]),
    (StepStatus.DISPATCHED, Heard.UNRESOLVED): (StepStatus.UNKNOWN, []),
    (StepStatus.DISPATCHED, Heard.DEADLINE): (StepStatus.UNKNOWN, [CHARGE]),
    (StepStatus.UNKNOWN, Heard.SUCCESS): (StepStatus.SUCCEEDED, [RESERVE]),
    (StepStatus.UNKNOWN, Heard.FAILURE): (StepStatus.FAILED, [cancel("payment_declined")]),
    (StepStatus.UNKNOWN, Heard.DEADLINE): (StepStatus.UNKNOWN, [CHARGE]),
    (StepStatus.FAILED, Heard.SUCCESS): (StepStatus.COMPENSATING, [REFUND]),
    (StepStatus.COMPENSATING, Heard.COMPENSATED): (
        StepStatus.COMPENSATED,
        [cancel("out_of_stock")],
    ),
    (StepStatus.COMPENSATING, Heard.DEADLINE): (StepStatus.COMPENSATING, [REFUND]),
    (StepStatus.COMPENSATED, Heard.SUCCESS): (StepStatus.COMPENSATING, [REFUND]),
    (StepStatus.COMPENSATION_FAILED, Heard.SUCCESS): (StepStatus.COMPENSATING, [REFUND]),
    (StepStatus.COMPENSATION_FAILED, Heard.FAILURE): (
        StepStatus.FAILED,
        [cancel("out_of_stock")],
    ),
    (StepStatus.COMPENSATION_FAILED, Heard.COMPENSATED): (
        StepStatus.COMPENSATED,
        [cancel("out_of_stock")],
    ),
    (StepStatus.RESOLVED_MANUALLY, Heard.SUCCESS): (StepStatus.SUCCEEDED, []),
}
"""Where the step goes, and what is sent. Every other pair changes nothing and sends nothing."""


@pytest.mark.parametrize(("status", "heard"), list(product(StepStatus, Heard)))
def test_a_step_of_any_status_answers_whatever_comes(status: StepStatus, heard: Heard) -> None:
    state = given(ChargeFirst, *HISTORIES[status])
    if status in VERBS:
        VERBS[status](state)
    assert state.of(STEP) == status
    state.commands = []
    if heard == Heard.DEADLINE:
        overdue(state, STEP)
    else:
        react(state, EVENTS[heard])
    assert (state.of(STEP), state.commands) == CONSEQUENCES.get((status, heard), (status, []))
