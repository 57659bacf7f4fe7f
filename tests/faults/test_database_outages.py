"""While PostgreSQL is away, hangs or takes no writes, requests are told 503, and never 500."""

import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from config.access.tokens import issue_token
from config.demo.stack.postgres import DATABASE, postgres, postgres_answers
from config.demo.stack.programs import Owner
from config.demo.stack.supervisor import Supervisor
from orders.models import Order
from testkit.shop import Shop
from tests.faults.conftest import settled
from tests.faults.processes import SECONDS_TO_START, running, serves, wait_until, worker
from tests.ports import HOST, free_port

TIMEOUT = {"STATEMENT_TIMEOUT_SECONDS": "1"}


@dataclass
class Web:
    """A server of two threads, and what it has answered."""

    port: int
    token: str
    answered: Counter[int] = field(default_factory=Counter)

    def post(self) -> int:
        order = {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_card_visa"}
        status = self._ask("POST", "/api/v1/orders", json.dumps(order))
        self.answered[status] += 1
        return status

    def ready(self) -> int:
        return self._ask("GET", "/readyz")

    def _ask(self, method: str, path: str, body: str | None = None) -> int:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid4()),
        }
        with closing(HTTPConnection(HOST, self.port, timeout=30)) as asked:
            asked.request(method, path, body, headers)
            answer = asked.getresponse()
            if answer.status == 503:
                assert path == "/readyz" or int(answer.headers["Retry-After"]) > 0
            return answer.status


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
def web(database: Supervisor, audited: Shop, tmp_path: Path) -> Iterator[Web]:
    assert database.children
    audited.receive("MUG", 1000)
    audited.customer.user = User.objects.create_user("ada")
    audited.customer.save()
    token = issue_token(audited.customer.user, name="tests", reason="a test", actor="tests")
    port, log = free_port(), tmp_path / "web.log"
    words = ("gunicorn", "config.wsgi", f"--bind={HOST}:{port}", "--threads=2")
    with (
        running(log, *words, "--no-control-socket", variables=TIMEOUT),
        worker(tmp_path / "worker.log", TIMEOUT),
    ):
        wait_until(lambda: serves(port), log=log, seconds=SECONDS_TO_START)
        web = Web(port, token)
        assert [web.post() for _ in range(4)] == [202] * 4
        yield web


@contextmanager
def stopped(server: Supervisor) -> Iterator[None]:
    (program,) = server.children
    connection.close()
    program.process.send_signal(signal.SIGINT)
    program.process.wait()
    yield
    server.wait_until(answers, seconds=30, what="PostgreSQL is not back")


@contextmanager
def hanging(server: Supervisor) -> Iterator[None]:
    (program,) = server.children
    connection.close()
    leader = program.process.pid
    os.kill(leader, signal.SIGSTOP)
    stopped = [leader, *children_of(leader)]
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    yield
    for process in reversed(stopped):
        os.kill(process, signal.SIGCONT)


@contextmanager
def read_only(server: Supervisor) -> Iterator[None]:
    assert server.children
    with connection.cursor() as cursor:
        for words in ("SET default_transaction_read_only = on", None):
            cursor.execute(f"ALTER SYSTEM {words or 'RESET default_transaction_read_only'}")
            cursor.execute("SELECT pg_reload_conf()")
            if words:
                yield


def children_of(parent: int) -> list[int]:
    return [
        int(each.name) for each in Path("/proc").glob("[0-9]*") if parent_of(each) == str(parent)
    ]


def parent_of(process: Path) -> str:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[1]
    except OSError:
        return ""  # it has ended meanwhile


@pytest.mark.parametrize("outage", [stopped, hanging, read_only], ids=lambda each: each.__name__)
def test_an_outage_is_told_as_503_and_is_over_within_seconds(
    database: Supervisor,
    web: Web,
    outage: Callable[[Supervisor], AbstractContextManager[None]],
    tmp_path: Path,
) -> None:
    with outage(database):
        wait_until(lambda: web.ready() == 503)
        assert [web.post() for _ in range(2)] == [503] * 2
    wait_until(lambda: web.ready() == 200)
    wait_until(lambda: web.post() == 202)
    assert [web.post() for _ in range(4)] == [202] * 4
    wait_until(settled, log=tmp_path / "worker.log")
    assert set(web.answered) == {202, 503}
    assert Order.objects.count() == web.answered[202]


def answers() -> bool:
    return postgres_answers(Path(connection.settings_dict["HOST"]))
