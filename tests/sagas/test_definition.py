"""A saga that could not run to an end is refused when it is defined."""

from dataclasses import replace
from uuid import UUID

import pytest

from inventory.commands import ReleaseInventory, ReserveInventory
from inventory.events import InventoryReleased, InventoryReserved
from orders.commands import ConfirmOrder
from orders.events import OrderConfirmed, OrderFulfilled, OrderPlaced
from orders.sagas.checks import sagas_can_run, sagas_receive_their_events
from orders.sagas.vocabulary.saga import (
    AnyStep,
    Backoff,
    BadDefinition,
    Inquiry,
    Parallel,
    Pivot,
    Retriable,
    Saga,
    Step,
    current_definitions,
    definitions,
    hours,
    minutes,
)
from outbox.messages import Command, Event, type_of
from payments.commands import ChargePayment, RefundPayment
from payments.events import PaymentCompleted, PaymentRefunded
from testkit.sagas import define, forgetting

CHARGE = Step(
    ChargePayment,
    success=PaymentCompleted,
    compensation=RefundPayment,
    compensated=PaymentRefunded,
)
RESERVE = Step(
    ReserveInventory,
    success=InventoryReserved,
    compensation=ReleaseInventory,
    compensated=InventoryReleased,
)
CONFIRM = Pivot(ConfirmOrder, success=OrderConfirmed)


def refusal(**members: object) -> str:
    with pytest.raises(BadDefinition) as refused:
        define("OnlyForThisTest", **members)
    return str(refused.value)


def test_a_step_before_the_pivot_needs_a_compensation_and_its_reply() -> None:
    with pytest.raises(TypeError, match="'compensation' and 'compensated'"):
        Step(ChargePayment, success=PaymentCompleted)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'compensated'"):
        Step(ChargePayment, success=PaymentCompleted, compensation=RefundPayment)  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", [Inquiry, Pivot, Retriable])
def test_only_a_step_before_the_pivot_that_changes_something_is_compensated(
    kind: type[AnyStep],
) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'compensation'"):
        kind(ConfirmOrder, success=OrderConfirmed, compensation=RefundPayment)  # type: ignore[call-arg]


def test_a_compensatable_step_stands_before_the_pivot() -> None:
    assert refusal(charge=CHARGE, confirm=CONFIRM, reserve=RESERVE).endswith(
        "reserve: behind the pivot every step is retriable"
    )


def test_a_field_that_nothing_provides_is_named() -> None:
    assert refusal(started_by=OrderFulfilled, charge=CHARGE).endswith(
        "charge: nothing provides amount, currency, payment_method for ChargePayment"
    )


def test_one_version_is_defined_once() -> None:
    assert refusal(name="charge_first", charge=CHARGE) == ("charge_first: version 1 exists already")


def test_a_new_version_starts_and_the_old_one_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in list(definitions):
        monkeypatch.setitem(definitions, key, definitions[key])
    newer = define("ChargeFirst", version=2, flow="charge_first", charge=CHARGE, confirm=CONFIRM)
    try:
        assert newer in current_definitions()
        assert definitions["charge_first", 1] not in current_definitions()
        assert definitions["charge_first", 1].version == 1
    finally:
        del definitions["charge_first", 2]


def test_steps_run_in_the_order_in_which_they_are_written() -> None:
    first = definitions["charge_first", 1]
    assert [step.name for step in first.steps] == ["charge", "reserve", "confirm"]
    assert [step.name for step in first.every_step][-1] == "on_abort"
    assert isinstance(first.on_abort, Retriable)


def test_a_step_that_changes_nothing_needs_no_compensation() -> None:
    with forgetting():
        asking = define("Asking", ask=Inquiry(ChargePayment, success=PaymentCompleted))
        assert [step.name for step in asking.steps] == ["ask"]


def test_a_second_step_of_one_name_does_not_replace_the_first() -> None:
    with pytest.raises(BadDefinition, match="two steps are called charge"):

        class Twice(Saga):
            started_by = OrderPlaced
            charge = CHARGE
            charge = RESERVE  # noqa: PIE794 - what is refused


def test_a_parallel_step_may_not_have_the_name_of_another() -> None:
    assert refusal(charge=CHARGE, both=Parallel(charge=CHARGE, reserve=RESERVE)).endswith(
        "two steps are called charge: give one another name"
    )


def test_no_step_is_called_like_the_saga_itself_in_its_history() -> None:
    assert refusal(saga=CHARGE).endswith("no step may be called saga")


def test_a_reply_is_an_event_and_a_request_a_command() -> None:
    assert refusal(charge=Retriable(PaymentCompleted, success=PaymentCompleted)).endswith(  # type: ignore[arg-type]
        "charge: PaymentCompleted is no command"
    )
    assert refusal(charge=Retriable(ChargePayment, success=RefundPayment)).endswith(  # type: ignore[arg-type]
        "charge: RefundPayment is no event"
    )


def test_a_step_that_two_versions_share_has_the_name_that_each_gives_it() -> None:
    with forgetting():
        define("Renamed", pay=CHARGE, charge=RESERVE)
        assert definitions["charge_first", 1].steps[0].name == "charge"


def test_the_fingerprint_changes_with_the_steps_and_not_with_their_deadlines() -> None:
    with forgetting():
        one = define("One", charge=CHARGE, reserve=RESERVE)
        slow = define("Slow", charge=replace(CHARGE, deadline=hours(1)), reserve=RESERVE)
        reordered = define("Reordered", reserve=RESERVE, charge=CHARGE)
    assert one.fingerprint == slow.fingerprint
    assert one.fingerprint != reordered.fingerprint


def test_each_wait_doubles_up_to_a_cap_and_is_cut_by_a_tenth_at_most() -> None:
    backoff = Backoff(attempts=4, factor=2, cap=minutes(30))
    assert backoff.wait(minutes(10), 1) == minutes(10)
    for attempt, longest in ((2, 20), (3, 30), (9, 30)):
        waits = {backoff.wait(minutes(10), attempt) for _ in range(50)}
        assert minutes(longest * 0.9) <= min(waits) < max(waits) <= minutes(longest)
    assert backoff.horizon(minutes(10)) == minutes(10 + 20 + 30 + 30)


def test_manage_check_names_commands_without_handler_and_events_without_publisher() -> None:
    class Applause(Event, frozen=True):
        order_id: UUID

    class Applaud(Command, frozen=True):
        order_id: UUID

    try:
        with forgetting():
            define("Theatre", applaud=Retriable(Applaud, success=Applause))
            assert [(problem.id, problem.msg) for problem in sagas_can_run()] == [
                ("sagas.E001", "theatre.applaud asks for Applaud, which no context handles."),
                ("sagas.E002", "theatre.applaud waits for Applause, which no context publishes."),
            ]
    finally:
        for contract in (Applause, Applaud):
            del type_of[contract.__name__]
    assert sagas_can_run() == []


def test_manage_check_names_sagas_that_were_defined_after_the_engine_subscribed() -> None:
    with forgetting():
        define("Late", started_by=OrderFulfilled, confirm=CONFIRM)
        (problem,) = sagas_receive_their_events()
    assert problem.id == "sagas.E003"
    assert problem.msg == (
        "late cannot go on: the engine lacks OrderConfirmed, OrderFulfilled in its flow."
    )
    assert sagas_receive_their_events() == []
