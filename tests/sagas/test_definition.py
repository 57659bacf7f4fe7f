"""A saga that could not run to an end is refused while its author is looking."""

import pytest

from inventory.commands import ReleaseInventory, ReserveInventory
from inventory.events import InventoryReleased, InventoryReserved
from orders.commands import ConfirmOrder
from orders.events import OrderCancellationRequested, OrderConfirmed, OrderPlaced
from orders.sagas.definition import (
    BadDefinition,
    Pivot,
    Retriable,
    Saga,
    Step,
    current_definitions,
    definitions,
)
from payments.commands import ChargePayment, RefundPayment
from payments.events import PaymentCompleted, PaymentRefunded

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


def define(called: str, /, **members: object) -> type[Saga]:
    """Write a saga: its members in the order in which they stand in the class."""
    return type(called, (Saga,), {"started_by": OrderPlaced, **members})


def refusal(**members: object) -> str:
    with pytest.raises(BadDefinition) as refused:
        define("OnlyForThisTest", **members)
    return str(refused.value)


def test_a_step_before_the_pivot_needs_a_compensation() -> None:
    step = Step(ChargePayment, success=PaymentCompleted)
    assert refusal(charge=step) == (
        "only_for_this_test.charge: a step needs compensation and compensated"
    )


def test_a_compensation_needs_its_reply() -> None:
    step = Step(ChargePayment, success=PaymentCompleted, compensation=RefundPayment)
    assert refusal(charge=step).endswith("charge: a step needs compensation and compensated")


def test_nothing_is_compensated_from_the_pivot_on() -> None:
    pivot = Pivot(ConfirmOrder, success=OrderConfirmed, compensation=RefundPayment)
    assert refusal(charge=CHARGE, confirm=pivot).endswith(
        "confirm: from the pivot on nothing is compensated"
    )


def test_a_compensatable_step_stands_before_the_pivot() -> None:
    assert refusal(charge=CHARGE, confirm=CONFIRM, reserve=RESERVE).endswith(
        "reserve: behind the pivot every step is retriable"
    )


def test_a_field_that_nobody_provides_is_named() -> None:
    told_too_little = OrderCancellationRequested
    assert refusal(started_by=told_too_little, charge=CHARGE).endswith(
        "charge: nobody provides amount, currency, payment_method for ChargePayment"
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
