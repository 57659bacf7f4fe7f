"""Everything behind a pooler in transaction mode: nothing may outlive a transaction."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from config.checks import sessions_have_timeouts
from config.database import TRANSACTION, database, timeouts
from orders.flows import FLOWS
from orders.models import Order
from testkit.delivering import movable, settle
from testkit.invariants import assert_clean
from testkit.shop import Shop
from tests.faults.processes import wait_until, worker
from tests.journeys import test_outcomes
from tests.stack.pooler import PORT, pooler
from tests.threads import at_once

TIMEOUTS = timeouts(30)

ESSENTIALS: list[Callable[[Shop, str], None]] = [
    test_outcomes.test_a_paid_order_in_stock_is_confirmed_and_holds_its_goods,
    test_outcomes.test_its_read_row_says_so,
    test_outcomes.test_missing_stock_refunds_the_payment_and_cancels_the_order,
    test_outcomes.test_one_missing_line_reserves_none_of_the_others,
]


@pytest.fixture
def pooled(audited: Shop) -> Iterator[Shop]:
    """Open the shop behind a pooler, for this process and for those that it starts."""
    direct = dict(connection.settings_dict)
    with pooler() as folder:
        behind = database(
            {**direct, "OPTIONS": {}, "HOST": str(folder), "PORT": PORT},
            statement_timeout=30,
            pooling=TRANSACTION,
            prepare=True,
        )
        connection.close()
        connection.settings_dict.update(behind)
        yield audited
        connection.close()
        connection.settings_dict.update(direct)


@pytest.fixture
def role_ends_sessions(audited: Shop) -> Iterator[None]:  # noqa: ARG001 - the database
    """Give the role the timeouts, in this database only."""
    role = f'ROLE "{connection.settings_dict["USER"]}"'
    within = f'IN DATABASE "{connection.settings_dict["NAME"]}"'
    with connection.cursor() as cursor:
        for name, seconds in TIMEOUTS.items():
            cursor.execute(f"ALTER {role} {within} SET {name} = '{seconds}s'")
    yield
    with connection.cursor() as cursor:
        for name in TIMEOUTS:
            cursor.execute(f"ALTER {role} {within} RESET {name}")


@pytest.mark.parametrize("flow", sorted(FLOWS))
@pytest.mark.parametrize("journey", ESSENTIALS)
def test_a_journey_ends_as_it_does_without_a_pooler(
    pooled: Shop, journey: Callable[[Shop, str], None], flow: str
) -> None:
    journey(pooled, flow)
    assert_clean()


def test_more_clients_than_connections_place_and_deliver(pooled: Shop) -> None:
    pooled.receive("MUG", 100)
    at_once(10, lambda _: [pooled.order() for _ in range(5)])
    at_once(4, lambda _: settle())
    assert Order.objects.filter(status="confirmed").count() == 50
    assert_clean()


def test_worker_processes_deliver_through_it(pooled: Shop, tmp_path: Path) -> None:
    pooled.receive("MUG", 100)
    for number in range(30):
        pooled.order(flow=sorted(FLOWS)[number % 3])
    log = tmp_path / "worker.log"
    with worker(log, {"DATABASE_POOLING": TRANSACTION}):
        wait_until(lambda: not movable(), log=log, seconds=60)
    assert Order.objects.filter(status="confirmed").count() == 30
    assert "Traceback" not in log.read_text()
    assert_clean()


def test_a_read_model_is_rebuilt_and_verified_through_it(pooled: Shop) -> None:
    for _ in range(5):
        pooled.order()
    settle()
    call_command("readmodels", "rebuild", "order_summary")
    call_command("readmodels", "verify")


@pytest.mark.usefixtures("pooled")
def test_a_role_without_timeouts_is_reported() -> None:
    found = sessions_have_timeouts(databases=["default"])
    assert {problem.id for problem in found} == {"config.E001"}
    assert {name for name in TIMEOUTS for problem in found if name in problem.msg} == set(TIMEOUTS)


@pytest.mark.usefixtures("role_ends_sessions", "pooled")
def test_a_role_with_timeouts_brings_them_along() -> None:
    assert sessions_have_timeouts(databases=["default"]) == []
