"""Parallel steps: both are sent at once, the next step waits for both."""

from collections.abc import Iterator, Sequence

import pytest

from orders.sagas.vocabulary.saga import BadDefinition, Parallel, Saga
from outbox.messages import Command, Event
from testkit.sagas import define, forgetting, given
from tests.sagas.own import ChargeFirst
from tests.sagas.playing import (
    CHARGE,
    CONFIRM,
    DECLINED,
    MISSING,
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


@pytest.fixture
def side_by_side() -> Iterator[type[Saga]]:
    """Charge the card while the goods are reserved."""
    with forgetting():
        yield define(
            "SideBySide",
            aborted_by=ChargeFirst.aborted_by,
            both=Parallel(charge=ChargeFirst.charge, reserve=ChargeFirst.reserve),
            confirm=ChargeFirst.confirm,
            on_abort=ChargeFirst.on_abort,
        )


@pytest.mark.parametrize(
    ("history", "commands", "status"),
    [
        ([PLACED], [CHARGE, RESERVE], "running"),
        ([PLACED, PAID], [], "running"),
        ([PLACED, RESERVED], [], "running"),
        ([PLACED, PAID, RESERVED], [CONFIRM], "running"),
        ([PLACED, RESERVED, PAID], [CONFIRM], "running"),
        # One fails: the other is compensated whatever its reply.
        ([PLACED, DECLINED], [RELEASE], "compensating"),
        ([PLACED, DECLINED, RESERVED], [], "compensating"),
        ([PLACED, DECLINED, MISSING, RELEASED], [cancel("payment_declined")], "compensating"),
        ([PLACED, MISSING], [REFUND], "compensating"),
        ([PLACED, PAID, MISSING], [REFUND], "compensating"),
        ([PLACED, REQUESTED], [RELEASE], "compensating"),
        ([PLACED, REQUESTED, RELEASED], [REFUND], "compensating"),
        ([PLACED, REQUESTED, RELEASED, REFUNDED], [cancel("cancelled_by_staff")], "compensating"),
        # Both fail while no compensation is under way.
        ([PLACED, MISSING, DECLINED], [], "compensating"),
        # Each has a deadline of its own.
        ([PLACED, "reserve"], [RESERVE], "running"),
        ([PLACED, "reserve", PAID, RESERVED], [CONFIRM], "running"),
        # A step that waits to be compensated is not asked again.
        ([PLACED, REQUESTED, "charge"], [], "compensating"),
    ],
)
def test_two_steps_run_in_parallel(
    side_by_side: type[Saga],
    history: Sequence[Event | str],
    commands: Sequence[Command],
    status: str,
) -> None:
    state = given(side_by_side, *history)
    assert (state.commands, state.status) == (commands, status)


def test_one_step_past_its_horizon_stops_the_saga_and_the_other_may_still_answer(
    side_by_side: type[Saga],
) -> None:
    for_long = ["charge"] * ChargeFirst.charge.retry.attempts
    state = given(side_by_side, PLACED, *for_long, RESERVED)
    assert (state.commands, state.status) == ([], "needs_attention")
    state = given(side_by_side, PLACED, *for_long, RESERVED, PAID)
    assert (state.commands, state.status) == ([CONFIRM], "running")


def test_a_pivot_runs_alone() -> None:
    with forgetting(), pytest.raises(BadDefinition, match="confirm: a pivot runs alone"):
        define("Both", both=Parallel(confirm=ChargeFirst.confirm, charge=ChargeFirst.charge))
