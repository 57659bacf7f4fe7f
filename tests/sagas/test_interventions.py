"""What operators' verbs decide: given a history, expect commands or a refusal."""

from collections.abc import Callable, Sequence

import pytest

from orders.sagas.engine.reactions import overdue, react
from orders.sagas.engine.state import SagaState
from orders.sagas.operators.interventions import (
    Refused,
    compensate,
    resolve,
    resume,
    retry,
    skip,
    suspend,
)
from outbox.messages import Command, Event
from testkit.sagas import given
from tests.sagas.own import ChargeFirst
from tests.sagas.playing import (
    BY_ADA,
    CANCELLED,
    CHARGE,
    CONFIRM,
    CONFIRMED,
    MISSING,
    NOT_REFUNDED,
    PAID,
    PAID_BY_HAND,
    PLACED,
    REFUND,
    REFUNDED,
    REFUNDED_BY_HAND,
    RELEASE,
    RELEASED,
    REQUESTED,
    RESERVE,
    RESERVED,
    WAIVED,
    cancel,
)

TRIES = ChargeFirst.charge.retry.attempts
UNKNOWN_FOR_LONG: Sequence[Event | str] = (PLACED, *["charge"] * TRIES)
NOT_RELEASED: Sequence[Event | str] = (PLACED, PAID, "reserve", REQUESTED, *["reserve"] * TRIES)
NOT_CONFIRMED: Sequence[Event | str] = (PLACED, PAID, RESERVED, *["confirm"] * TRIES)


NOT_REFUNDED_FOR_LONG: Sequence[Event | str] = (PLACED, PAID, MISSING, *["charge"] * TRIES)
NOT_RESERVED: Sequence[Event | str] = (PLACED, PAID, *["reserve"] * TRIES)


def by_hand(state: SagaState) -> None:
    resolve(state, BY_ADA)


def without_charge(state: SagaState) -> None:
    skip(state, "charge", BY_ADA)


def after(verb: Callable[[SagaState], None], *history: Event | str) -> SagaState:
    state = given(ChargeFirst, *history)
    state.commands = []
    verb(state)
    return state


def refusal(verb: Callable[[SagaState], None], *history: Event | str) -> str:
    with pytest.raises(Refused) as refused:
        after(verb, *history)
    return str(refused.value)


@pytest.mark.parametrize(
    ("verb", "history", "commands", "status"),
    [
        (retry, UNKNOWN_FOR_LONG, [CHARGE], "running"),
        (retry, NOT_CONFIRMED, [CONFIRM], "running"),
        (retry, [*NOT_RELEASED, REFUNDED], [RELEASE], "compensating"),
        (retry, [PLACED, PAID, MISSING, REFUNDED], [cancel("out_of_stock")], "compensating"),
        (compensate, UNKNOWN_FOR_LONG, [REFUND], "compensating"),
        (compensate, [PLACED, PAID, "reserve"], [RELEASE], "compensating"),
        (by_hand, UNKNOWN_FOR_LONG, [PAID_BY_HAND, RESERVE], "running"),
        (
            by_hand,
            NOT_REFUNDED_FOR_LONG,
            [REFUNDED_BY_HAND, cancel("out_of_stock")],
            "compensating",
        ),
        (without_charge, UNKNOWN_FOR_LONG, [WAIVED, RESERVE], "running"),
    ],
)
def test_a_verb_moves_a_saga(
    verb: Callable[[SagaState], None],
    history: Sequence[Event | str],
    commands: Sequence[Command],
    status: str,
) -> None:
    state = after(verb, *history)
    assert (state.commands, state.status) == (commands, status)


@pytest.mark.parametrize(
    ("verb", "history", "why"),
    [
        (retry, [PLACED, PAID, RESERVED, CONFIRMED], "it has ended: completed"),
        (compensate, [PLACED, PAID, MISSING], "it is compensating already"),
        (
            compensate,
            NOT_CONFIRMED,
            "its pivot was dispatched: only the way forward is left",
        ),
        (by_hand, NOT_RESERVED, "reserve is done here, where no hand reaches: retry it"),
        (
            lambda state: skip(state, "reserve", BY_ADA),
            NOT_RESERVED,
            "reserve is done here, where no hand reaches: retry it",
        ),
        (
            by_hand,
            [*NOT_RELEASED, REFUNDED],
            "reserve is done here, where no hand reaches: retry it",
        ),
        (by_hand, NOT_CONFIRMED, "whether confirm happened decides the order: retry it"),
        (resume, [PLACED], "it is running: only a suspended saga can be resumed"),
        (
            suspend,
            UNKNOWN_FOR_LONG,
            "it is needs attention: only a saga under way can be suspended",
        ),
        (
            lambda state: skip(state, "reserve", BY_ADA),
            [PLACED],
            "reserve is pending: only a step that waits can be skipped",
        ),
        (
            lambda state: skip(state, "wrap", BY_ADA),
            [PLACED],
            "it has no step wrap: choose one of charge, reserve, confirm",
        ),
    ],
)
def test_a_verb_that_makes_no_sense_is_refused(
    verb: Callable[[SagaState], None], history: Sequence[Event | str], why: str
) -> None:
    assert refusal(verb, *history) == why


def test_a_saga_given_up_while_its_payment_is_unknown_says_so() -> None:
    state = after(compensate, *UNKNOWN_FOR_LONG)
    react(state, REFUNDED)
    assert state.commands[-1] == cancel("payment_unresolved")


def test_a_skipped_step_is_compensated_since_it_may_be_done() -> None:
    state = after(without_charge, *UNKNOWN_FOR_LONG)
    react(state, MISSING)
    assert state.commands[-1] == REFUND


def test_what_was_done_by_hand_is_compensated_once_the_ledger_has_it() -> None:
    state = after(by_hand, *UNKNOWN_FOR_LONG)
    for event in (PAID, MISSING):
        react(state, event)
    assert state.commands == [PAID_BY_HAND, RESERVE, REFUND]


def test_a_compensation_by_hand_ends_the_saga_as_resolved_manually() -> None:
    state = after(by_hand, *NOT_REFUNDED_FOR_LONG)
    react(state, CANCELLED)
    assert state.status == "resolved_manually"


def test_a_refused_compensation_needs_attention_at_once_and_is_sent_again() -> None:
    state = given(ChargeFirst, PLACED, PAID, MISSING, NOT_REFUNDED)
    assert state.status == "needs_attention"
    assert state.attention_reason == (
        "RefundPayment (25.00 GBP) was refused: PaymentRefundDeclined: GBP, insufficient_balance"
    )
    overdue(state, ChargeFirst.charge)
    assert state.commands == [REFUND]
    react(state, REFUNDED)
    assert state.status == "compensating"


def test_a_suspended_saga_records_replies_and_dispatches_nothing() -> None:
    state = after(suspend, PLACED)
    react(state, PAID)
    assert (state.commands, state.status) == ([], "suspended")
    assert state.steps["charge"] == "succeeded"
    assert refusal_of(state, retry) == "it is suspended: resume it first"

    resume(state)
    assert (state.commands, state.status) == ([RESERVE], "running")


def test_a_suspended_saga_that_is_asked_to_abort_compensates_when_it_is_resumed() -> None:
    state = after(suspend, PLACED, PAID)
    react(state, REQUESTED)
    react(state, RESERVED)
    assert (state.commands, state.status) == ([], "suspended")
    resume(state)
    assert (state.commands, state.status) == ([RELEASE], "compensating")
    for event in (RELEASED, REFUNDED, CANCELLED):
        react(state, event)
    assert state.status == "compensated"


def refusal_of(state: SagaState, verb: Callable[[SagaState], None]) -> str:
    with pytest.raises(Refused) as refused:
        verb(state)
    return str(refused.value)
