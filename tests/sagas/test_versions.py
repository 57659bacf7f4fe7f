"""Versions in flight: which definition running sagas continue with, and how a deployment checks."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from orders.models import Order
from orders.sagas.models import SagaInstance
from orders.sagas.operators.versions import BadMigration, migrate
from orders.sagas.vocabulary.saga import Saga, definitions, migrates
from outbox.models import Lane, OperatorAct
from testkit.delivering import hurry, settle, settle_all_but
from testkit.sagas import forgetting
from testkit.shop import Shop
from tests.sagas.defining import charge_first, edited_in_place
from tests.sagas.own import ChargeFirst

CHARGE, RESERVE, CONFIRM = ChargeFirst.charge, ChargeFirst.reserve, ChargeFirst.confirm


@pytest.fixture(autouse=True)
def _a_delivery_each(settings: Settings) -> Iterator[None]:
    """Switch follow-up off; remove what a test defines."""
    settings.OUTBOX_FOLLOW_UP = False
    with forgetting():
        yield


@pytest.fixture
def running(audited: Shop) -> Order:
    """Return an order that waits for the reply to its charge."""
    order = audited.order(flow="charge_first")
    settle_all_but("gateway")
    return order


def goods_before_money() -> type[Saga]:
    """Insert the reservation before the step that is running."""
    return charge_first(version=2, reserve=RESERVE, charge=CHARGE, confirm=CONFIRM)


def saga_of(order: Order) -> SagaInstance:
    return SagaInstance.objects.get(correlation_id=order.id)


def steps_of(order: Order) -> list[str]:
    return list(saga_of(order).steps.order_by("id").values_list("name", flat=True))


def status_of(order: Order) -> str:
    order.refresh_from_db()
    return order.status


def sagas(*words: str) -> str:
    printed = StringIO()
    call_command("sagas", *words, stdout=printed)
    return printed.getvalue()


def test_a_step_inserted_before_the_running_one_leaves_running_sagas_unharmed(
    audited: Shop, running: Order
) -> None:
    goods_before_money()
    assert sagas("compat") == "every running saga can end with this code\n"
    later = audited.order(flow="charge_first")
    settle()
    assert (status_of(running), status_of(later)) == ("confirmed", "confirmed")
    assert steps_of(running) == ["charge", "reserve", "confirm"]
    assert steps_of(later) == ["reserve", "charge", "confirm"]


def test_a_version_that_is_gone_is_found_before_it_is_deployed(running: Order) -> None:
    goods_before_money()
    with forgetting():
        del definitions["charge_first", 1]
        with pytest.raises(CommandError, match="do not deploy it") as refused:
            sagas("compat")
        assert refused.value.returncode == 1
    settle()
    assert status_of(running) == "confirmed"


def test_a_saga_that_has_ended_needs_its_version_no_more(audited: Shop) -> None:
    audited.order(flow="charge_first")
    settle()
    goods_before_money()
    with forgetting():
        del definitions["charge_first", 1]
        assert sagas("compat") == "every running saga can end with this code\n"


def test_code_that_was_edited_in_place_moves_no_running_saga(running: Order) -> None:
    with forgetting():
        edited_in_place(reserve=RESERVE, charge=CHARGE, confirm=CONFIRM)
        for _ in range(2):
            settle_all_but()
            hurry()
        with pytest.raises(CommandError, match="do not deploy it"):
            sagas("compat")
        assert steps_of(running) == ["charge"]
        assert Lane.objects.filter(subscriber="sagas").exists()
    hurry()
    settle()
    assert status_of(running) == "confirmed"


def test_running_sagas_are_moved_by_a_migration_that_says_how(running: Order) -> None:
    newer = goods_before_money()

    @migrates(newer, from_version=1)
    def charged_already(steps: dict[str, str], received: dict[str, Any]) -> None:
        """Reserve after the charge after all."""
        assert received["currency"] == "GBP"
        steps["reserve"] = "skipped"

    del definitions["charge_first", 1]
    assert sagas("migrate", "--reason", "goods come first now") == (
        "charge_first: 1 from version 1 to 2\n"
    )
    assert (saga_of(running).version, saga_of(running).fingerprint) == (2, newer.fingerprint)
    act = OperatorAct.objects.get()
    assert (act.verb, act.details["to"]) == ("migrate saga", 2)
    assert sagas("migrate", "--reason", "again") == "charge_first: 0 from version 1 to 2\n"


def test_a_migration_that_leaves_steps_unknown_to_its_saga_moves_nothing(running: Order) -> None:
    newer = charge_first(version=2, reserve=RESERVE, confirm=CONFIRM)

    @migrates(newer, from_version=1)
    def forgets_the_charge(_steps: dict[str, str], _received: dict[str, Any]) -> None:
        """Change nothing."""

    with pytest.raises(BadMigration, match="charge_first version 2 has no step charge"):
        list(migrate(reason="goods only"))
    assert saga_of(running).version == 1
    settle()
