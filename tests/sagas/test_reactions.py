"""Given events, expect commands: the decisions of a saga, without a database."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from orders.events import OrderReturnRequested
from orders.sagas.definitions.cancel_confirmed import CancelConfirmed
from orders.sagas.definitions.return_lines import ReturnLines
from orders.sagas.engine.reactions import answers_to_abort
from outbox.messages import Command, Event
from payments.events import PaymentPartRefunded
from testkit.sagas import given
from tests.sagas.own import ChargeFirst
from tests.sagas.playing import (
    CANCELLED,
    CHARGE,
    CONFIRM,
    CONFIRMED,
    DECLINED,
    MISSING,
    NOT_REFUNDED,
    ORDER,
    PAID,
    PLACED,
    REFUND,
    REFUNDED,
    RELEASE,
    RELEASED,
    REQUESTED,
    RESERVE,
    RESERVED,
    cancel,
)

TRIES = ChargeFirst.charge.retry.attempts
COMPENSATION_TRIES = ChargeFirst.charge.compensation_retry.attempts


@pytest.mark.parametrize(
    ("history", "commands", "status"),
    [
        ([PLACED], [CHARGE], "running"),
        ([PLACED, PAID], [RESERVE], "running"),
        ([PLACED, PAID, RESERVED], [CONFIRM], "running"),
        ([PLACED, PAID, RESERVED, CONFIRMED], [], "completed"),
        ([PLACED, DECLINED], [cancel("payment_declined")], "compensating"),
        ([PLACED, DECLINED, CANCELLED], [], "compensated"),
        ([PLACED, PAID, MISSING], [REFUND], "compensating"),
        ([PLACED, PAID, MISSING, REFUNDED], [cancel("out_of_stock")], "compensating"),
        ([PLACED, PAID, MISSING, REFUNDED, CANCELLED], [], "compensated"),
    ],
)
def test_charge_first(history: Sequence[Event], commands: Sequence[Command], status: str) -> None:
    state = given(ChargeFirst, *history)
    assert (state.commands, state.status) == (commands, status)


def test_a_return_is_not_moved_by_what_happens_to_another_of_its_order() -> None:
    mine, other = UUID(int=3), UUID(int=4)
    begun = OrderReturnRequested(
        order_id=ORDER, return_id=mine, amount=100, currency="GBP", lines=()
    )
    refunds = {
        each: PaymentPartRefunded(order_id=ORDER, return_id=each, amount=100, currency="GBP")
        for each in (mine, other)
    }
    assert given(ReturnLines, begun, refunds[other]).commands == []
    assert given(ReturnLines, begun, refunds[mine]).commands != []


@pytest.mark.parametrize(
    ("history", "commands", "status"),
    [
        ([REQUESTED], [REFUND], "running"),
        ([REQUESTED, REFUNDED], [RELEASE], "running"),
        ([REQUESTED, REFUNDED, RELEASED], [cancel("cancelled_by_staff")], "running"),
        ([REQUESTED, REFUNDED, RELEASED, CANCELLED], [], "completed"),
    ],
)
def test_cancel_confirmed(
    history: Sequence[Event], commands: Sequence[Command], status: str
) -> None:
    state = given(CancelConfirmed, *history)
    assert (state.commands, state.status) == (commands, status)


@pytest.mark.parametrize(
    ("history", "commands", "status"),
    [
        # Silence is neither success nor failure: the command is sent again.
        ([PLACED, "charge"], [CHARGE], "running"),
        ([PLACED, PAID, "reserve"], [RESERVE], "running"),
        ([PLACED, PAID, "reserve", "reserve"], [RESERVE], "running"),
        # From the pivot on the saga only goes forward.
        ([PLACED, PAID, RESERVED, "confirm"], [CONFIRM], "running"),
        ([PLACED, DECLINED, "on_abort"], [cancel("payment_declined")], "compensating"),
        # A compensation is sent again.
        ([PLACED, PAID, MISSING, "charge"], [REFUND], "compensating"),
        # A step that was answered in time is not late.
        ([PLACED, PAID, "charge"], [], "running"),
    ],
)
def test_a_deadline_passes(
    history: Sequence[Event | str], commands: Sequence[Command], status: str
) -> None:
    state = given(ChargeFirst, *history)
    assert (state.commands, state.status) == (commands, status)


@pytest.mark.parametrize(
    ("history", "commands", "status"),
    [
        # It resolves an unknown step, one way or the other.
        ([PLACED, "charge", PAID], [RESERVE], "running"),
        ([PLACED, "charge", DECLINED], [cancel("payment_declined")], "compensating"),
        ([PLACED, PAID, "reserve", MISSING], [REFUND], "compensating"),
        # The reply to the compensation under way decides.
        ([PLACED, "charge", REQUESTED, PAID], [], "compensating"),
        ([PLACED, "charge", REQUESTED, DECLINED], [], "compensating"),
        # A success after the reply to its compensation is compensated once more.
        ([PLACED, REQUESTED, REFUNDED, PAID], [REFUND], "compensating"),
        ([PLACED, REQUESTED, REFUNDED, PAID, CANCELLED], [], "compensating"),
        ([PLACED, REQUESTED, REFUNDED, PAID, CANCELLED, REFUNDED], [], "compensated"),
        ([PLACED, REQUESTED, REFUNDED, PAID, REFUNDED], [], "compensating"),
        ([PLACED, REQUESTED, REFUNDED, PAID, REFUNDED, CANCELLED], [], "compensated"),
        ([PLACED, REQUESTED, REFUNDED, CANCELLED, PAID], [REFUND], "compensating"),
        ([PLACED, DECLINED, CANCELLED, PAID], [REFUND], "compensating"),
        ([PLACED, PAID, MISSING, REFUNDED, CANCELLED, RESERVED], [RELEASE], "compensating"),
    ],
)
def test_a_reply_comes_late(
    history: Sequence[Event | str], commands: Sequence[Command], status: str
) -> None:
    state = given(ChargeFirst, *history)
    assert (state.commands, state.status) == (commands, status)


@pytest.mark.parametrize(
    "history",
    [
        [PLACED, PAID, PAID],
        [PLACED, PAID, RESERVED, PAID],
        [PLACED, PAID, RESERVED, RESERVED],
        [PLACED, PAID, RESERVED, CONFIRMED, CONFIRMED],
        [PLACED, PAID, RESERVED, CONFIRMED, REFUNDED],
        [PLACED, PAID, RESERVED, CONFIRMED, RELEASED],
        [PLACED, PAID, RESERVED, CONFIRMED, CANCELLED],
        [PLACED, DECLINED, DECLINED],
        [PLACED, PAID, MISSING, MISSING],
        [PLACED, PAID, MISSING, REFUNDED, REFUNDED],
        [PLACED, PAID, MISSING, REFUNDED, CANCELLED, CANCELLED],
        [PLACED, REFUNDED],
        [PLACED, RESERVED],
        [PLACED, CONFIRMED],
    ],
)
def test_a_duplicate_or_unexpected_event_changes_nothing(history: Sequence[Event]) -> None:
    before = given(ChargeFirst, *history[:-1])
    after = given(ChargeFirst, *history)
    assert (after.commands, after.changes) == ([], [])
    assert (after.status, after.steps) == (before.status, before.steps)


def test_a_step_unknown_past_its_horizon_needs_attention_and_nothing_is_compensated() -> None:
    state = given(ChargeFirst, PLACED, *["charge"] * (TRIES - 1))
    assert (state.commands, state.status) == ([CHARGE], "running")
    state = given(ChargeFirst, PLACED, *["charge"] * TRIES)
    assert (state.commands, state.status) == ([], "needs_attention")
    assert state.attention_reason == "charge is unknown: no reply to ChargePayment (25.00 GBP)"
    assert state.errors["charge"] == f"no reply to ChargePayment (attempt {TRIES})"


@pytest.mark.parametrize(
    ("reply", "commands", "status"),
    [
        (PAID, [RESERVE], "running"),
        (DECLINED, [cancel("payment_declined")], "compensating"),
        # A saga that compensates for another reason compensates unknown steps too.
        (REQUESTED, [REFUND], "compensating"),
    ],
)
def test_a_saga_that_needs_attention_is_resolved_by_a_late_message(
    reply: Event, commands: Sequence[Command], status: str
) -> None:
    state = given(ChargeFirst, PLACED, *["charge"] * TRIES, reply)
    assert (state.commands, state.status) == (commands, status)


def test_a_compensation_without_a_reply_needs_attention_in_the_end() -> None:
    state = given(ChargeFirst, PLACED, PAID, MISSING, *["charge"] * (COMPENSATION_TRIES - 1))
    assert state.commands == [REFUND]
    state = given(ChargeFirst, PLACED, PAID, MISSING, *["charge"] * COMPENSATION_TRIES)
    assert (state.commands, state.status) == ([], "needs_attention")
    assert (
        state.attention_reason == "charge is not compensated: no reply to RefundPayment (25.00 GBP)"
    )


def test_a_compensation_that_was_refused_says_so_in_the_end() -> None:
    refused = (PLACED, PAID, MISSING, NOT_REFUNDED)
    state = given(ChargeFirst, *refused, *["charge"] * COMPENSATION_TRIES)
    assert (state.commands, state.status) == ([], "needs_attention")
    assert state.attention_reason == (
        "charge is not compensated: RefundPayment (25.00 GBP) was refused:"
        " PaymentRefundDeclined: GBP, insufficient_balance"
    )
    assert state.errors["charge"] == "refused: PaymentRefundDeclined: GBP, insufficient_balance"


GIVEN_UP: Sequence[Event | str] = (
    PLACED,
    PAID,
    "reserve",
    REQUESTED,
    *["reserve"] * COMPENSATION_TRIES,
)
"""The goods are not released; the refund is under way."""


def test_one_failed_compensation_does_not_keep_the_others_from_being_tried() -> None:
    assert given(ChargeFirst, *GIVEN_UP).commands == [REFUND]
    state = given(ChargeFirst, *GIVEN_UP, REFUNDED)
    assert state.status == "needs_attention"
    assert (
        state.attention_reason
        == "reserve is not compensated: no reply to ReleaseInventory (2 x MUG)"
    )


@pytest.mark.parametrize(
    ("late", "commands", "status"),
    [
        (RELEASED, [cancel("cancelled_by_staff")], "compensating"),
        # It was never done, so nothing has to be compensated.
        (MISSING, [cancel("cancelled_by_staff")], "compensating"),
        # Now it is certainly done: it is compensated again.
        (RESERVED, [RELEASE], "compensating"),
    ],
)
def test_a_step_whose_compensation_failed_answers_after_all(
    late: Event, commands: Sequence[Command], status: str
) -> None:
    state = given(ChargeFirst, *GIVEN_UP, REFUNDED, late)
    assert (state.commands, state.status) == (commands, status)


def test_a_pivot_without_a_reply_needs_attention_and_nothing_is_compensated() -> None:
    state = given(ChargeFirst, PLACED, PAID, RESERVED, *["confirm"] * TRIES)
    assert (state.commands, state.status) == ([], "needs_attention")
    assert state.attention_reason == "confirm is unknown: no reply to ConfirmOrder"


def test_a_pivot_that_answers_after_all_completes_the_saga() -> None:
    state = given(ChargeFirst, PLACED, PAID, RESERVED, *["confirm"] * TRIES, CONFIRMED)
    assert (state.commands, state.status) == ([], "completed")


@pytest.mark.parametrize(
    ("history", "commands"),
    [
        ([PLACED, REQUESTED], [REFUND]),
        ([PLACED, PAID, REQUESTED], [RELEASE]),
        ([PLACED, PAID, REQUESTED, RELEASED], [REFUND]),
        ([PLACED, PAID, REQUESTED, RELEASED, REFUNDED], [cancel("cancelled_by_staff")]),
        # A saga that is compensating already ends with its first reason.
        ([PLACED, PAID, MISSING, REQUESTED], []),
        ([PLACED, PAID, MISSING, REQUESTED, REFUNDED], [cancel("out_of_stock")]),
        # The pivot is under way: its handler decides which was first.
        ([PLACED, PAID, RESERVED, REQUESTED], []),
        ([PLACED, PAID, RESERVED, REQUESTED, CONFIRMED], []),
    ],
)
def test_the_customer_cancels(history: Sequence[Event], commands: Sequence[Command]) -> None:
    assert given(ChargeFirst, *history).commands == commands


@pytest.mark.parametrize(
    ("history", "answers"),
    [
        ([PLACED], True),
        ([PLACED, PAID, RESERVED], True),
        ([PLACED, DECLINED], True),
        ([PLACED, DECLINED, CANCELLED], False),
        ([PLACED, PAID, RESERVED, CONFIRMED], False),
    ],
)
def test_a_saga_answers_to_a_cancellation_until_its_pivot_has_succeeded(
    history: Sequence[Event],
    answers: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert answers_to_abort(given(ChargeFirst, *history), REQUESTED) is answers
