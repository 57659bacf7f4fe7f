"""The runbook's restore to a point in time: its own commands, on a server with an archive."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import Popen

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from config.demo.stack.finder import postgres_programs
from config.demo.stack.postgres import DATABASE, NOT_DURABLE, postgres, postgres_answers
from config.demo.stack.programs import Owner
from config.demo.stack.supervisor import Supervisor
from config.environment.paths import ROOT
from orders.models import Order
from payments.reconciliation import reconcile
from testkit.delivering import settle, settle_all_but
from testkit.shop import Shop, open_shop
from tests.faults.processes import wait_until

SECTION = "## A restore to a point in time"


@dataclass
class Cluster:
    """A PostgreSQL that archives its log, and the folders that the runbook's commands name."""

    home: Path
    sockets: Path
    data: Path
    programs: Path
    owner: Owner
    supervisor: Supervisor = field(repr=False)

    def run(self, words: str, **variables: str) -> None:
        """Run a block of the runbook as the server's user."""
        places = {name: str(self.home / name.lower()) for name in ("ARCHIVE", "BACKUP")}
        done = subprocess.run(
            ["sh", "-e", "-c", words],
            cwd=self.home,
            env={
                "PATH": f"{self.programs}:/usr/bin:/bin",
                "PGHOST": str(self.sockets),
                "PGUSER": DATABASE,
                "PGDATA": str(self.data),
                **places,
                **variables,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=120,
            **self.owner.identity,
        )
        log = self.data / "restore.log"
        assert done.returncode == 0, log.read_text() if log.exists() else words

    def hand_over(self) -> Popen[bytes]:
        """Let the supervisor forget the server, which the runbook stops and starts itself."""
        return self.supervisor.children.pop().process


def blocks() -> list[str]:
    """Return the commands of the runbook's section."""
    section = (ROOT / "docs" / "runbooks.md").read_text().partition(SECTION)[2]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


@pytest.fixture
def cluster(
    tmp_path: Path,
    django_db_setup: None,  # noqa: ARG001 - begins with the database of all tests
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Cluster]:
    owner = Owner.of_servers()
    home, sockets = (owner.new_folder(prefix="orders-") for _ in range(2))
    archive = owner.new_folder(prefix="archive-", within=str(home)).rename(home / "archive")
    program = postgres(home, sockets, owner, durable=False)
    data = Path(program.command[program.command.index("-D") + 1])
    # What the restored server needs too, which is started without the words of a command line.
    settings = {
        **NOT_DURABLE,
        "archive_mode": "on",
        "archive_command": f'cp "%p" "{archive}/%f"',
        "unix_socket_directories": str(sockets),
        "listen_addresses": "",
    }
    with (data / "postgresql.auto.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    supervisor = Supervisor(logs=tmp_path)
    programs = postgres_programs(owner, copies=home / "programs")
    cluster = Cluster(home, sockets, data, programs, owner, supervisor)
    supervisor.start([program])
    supervisor.wait_until(lambda: postgres_answers(sockets), seconds=30, what="No PostgreSQL")
    with pytest.MonkeyPatch.context() as patched, django_db_blocker.unblock():
        for name, value in {"HOST": str(sockets), "PORT": "", "NAME": DATABASE}.items():
            patched.setitem(connection.settings_dict, name, value)
        connection.close()
        call_command("migrate", verbosity=0)
        yield cluster
        connection.close()
    supervisor.stop()
    owner.run(str(programs / "pg_ctl"), "-D", str(data), "stop", "-m", "immediate")
    for folder in (home, sockets):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def shop(cluster: Cluster) -> Shop:
    assert cluster.data.exists()
    return open_shop()


def orders() -> set[object]:
    return set(Order.objects.values_list("pk", flat=True))


def database_time() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now


def test_a_restore_to_the_moment_before_a_mistake_loses_only_what_came_after_it(
    cluster: Cluster, shop: Shop
) -> None:
    make_backup, restore = blocks()
    shop.order()
    settle()
    cluster.run(make_backup)
    shop.order()
    settle()
    under_way = shop.order()
    settle_all_but("gateway")
    kept, moment = orders(), database_time()
    lost = shop.order()
    settle()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE orders_orderline CASCADE")
    connection.close()
    damaged = cluster.hand_over()
    cluster.run(restore, WHEN=moment.isoformat(sep=" "))
    damaged.wait()
    wait_until(lambda: postgres_answers(cluster.sockets))
    assert orders() == kept
    settle()
    under_way.refresh_from_db()
    assert under_way.status == "confirmed"
    later = timezone.now() + timedelta(hours=1)
    found = reconcile(gateway="sandbox", since=moment, until=later, flag=False)
    assert [(each.order_id, each.ours) for each in found] == [(str(lost.id), None)]
