"""PostgreSQL restarts and ends sessions while orders are under way: what was committed stays."""

import shutil
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from config.demo.stack.postgres import DATABASE, postgres, postgres_answers
from config.demo.stack.programs import Owner
from config.demo.stack.supervisor import Supervisor
from orders.models import Order
from testkit.shop import Shop
from tests.faults.conftest import settled
from tests.faults.processes import wait_until, worker

ORDERS = 60
END_SESSIONS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="module")
def database(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,  # noqa: ARG001 - begins with the database of all tests
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Supervisor]:
    """Give these tests a PostgreSQL of their own, as other tests are using the common one."""
    owner = Owner.of_servers()
    home, sockets = (owner.new_folder(prefix="orders-") for _ in range(2))
    supervisor = Supervisor(logs=tmp_path_factory.mktemp("postgres"))
    supervisor.start([postgres(home, sockets, owner, durable=False)])
    supervisor.wait_until(lambda: postgres_answers(sockets), seconds=30, what="No PostgreSQL")
    with pytest.MonkeyPatch.context() as patched, django_db_blocker.unblock():
        for name, value in {"HOST": str(sockets), "PORT": "", "NAME": DATABASE}.items():
            patched.setitem(connection.settings_dict, name, value)
        connection.close()
        call_command("migrate", verbosity=0)
        yield supervisor
        connection.close()
    supervisor.stop()
    for folder in (home, sockets):
        shutil.rmtree(folder)


@pytest.fixture
def selling(database: Supervisor, audited: Shop) -> None:  # noqa: ARG001 - it comes first
    """Place orders that keep a worker busy for a while."""
    audited.receive("MUG", ORDERS)
    for number in range(ORDERS):
        declined = number % 5 == 1
        audited.order(payment_method="pm_card_chargeDeclined" if declined else "pm_card_visa")


def some_have_ended(orders: int) -> bool:
    return Order.objects.filter(status__in=("confirmed", "cancelled")).count() >= orders


@pytest.mark.usefixtures("selling")
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
def test_postgresql_is_restarted_under_load(
    kind: signal.Signals, database: Supervisor, tmp_path: Path
) -> None:
    """PostgreSQL calls a shutdown fast (SIGINT) or immediate (SIGQUIT: recovery from the log)."""
    log = tmp_path / "worker.log"
    (server,) = database.children
    with worker(log):
        wait_until(lambda: some_have_ended(5), log=log)
        connection.close()
        server.process.send_signal(kind)
        server.process.wait()
        database.wait_until(answers, seconds=30, what="PostgreSQL is not back")
        assert not some_have_ended(ORDERS)
        wait_until(settled, log=log)


@pytest.mark.usefixtures("selling")
def test_sessions_are_ended_under_load(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with worker(log):
        wait_until(partial(some_have_ended, 1), log=log)
        for _ in range(3):
            wait_until(sessions_end, log=log)
        wait_until(settled, log=log)


def sessions_end() -> bool:
    """End all sessions but ours; tell whether there were any."""
    with connection.cursor() as cursor:
        cursor.execute(END_SESSIONS)
        return bool(cursor.fetchone()[0])


def answers() -> bool:
    return postgres_answers(Path(connection.settings_dict["HOST"]))
