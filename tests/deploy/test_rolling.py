"""A deployment while orders come in: old and new code side by side, and every request succeeds.

The new code has a second version of a saga with one more step, as docs/adding.md shows, and a
column that the old code does not know. The steps are those of docs/production.md.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest

from config.demo.stack.programs import Program
from config.environment.paths import ROOT
from tests.copies import copy_with
from tests.faults.processes import SECONDS_TO_START, serves
from tests.nemesis.customers import Journal, Shopper
from tests.nemesis.run import judged, open_shop, unsettled
from tests.nemesis.site import Site, built, environment
from tests.nemesis.witnesses import compare
from tests.ports import free_port

EXPAND = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "{last}")]
    operations = [migrations.AddField("order", "gift", models.TextField(null=True))]
"""
SAGAS_BY_VERSION = """
SELECT version, count(*) FILTER (WHERE status = 'completed') FROM sagas_sagainstance
WHERE definition = 'charge_first' GROUP BY version
"""

SECONDS_TO_RETRY = 120
"""The pauses between calls to a gateway that was away grow to half a minute."""


@dataclass
class Rollout:
    """The shop, its customers, and the new code in a folder of its own."""

    site: Site
    new: Path
    journal: Journal = field(default_factory=Journal)
    customers: list[Shopper] = field(default_factory=list)

    def start(self, code: Path, *names: str, port: int) -> None:
        """Start programs of one of both codes; their names say which."""
        self.site.web = port
        self.site.supervisor.start(
            replace(of_code(each, code), name=f"{each.name} of {code.name}")
            for each in self.site.application(None)
            if each.name in names
        )

    def stop(self, name: str) -> None:
        """End a program of the old code with SIGTERM, as a service manager does."""
        self.site.supervisor.stop(f"{name} of {ROOT.name}", seconds=20)

    def run_new(self, *words: str) -> None:
        program = of_code(self.site.manage(*words), self.new)
        done = subprocess.run(
            (*program.command[:1], str(self.new / "manage.py"), *words),
            cwd=self.new,
            env={**environment(), **program.variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def wait_for(self, promises: int) -> None:
        wanted = len(self.journal.promises) + promises
        self.site.supervisor.wait_until(
            lambda: len(self.journal.promises) >= wanted,
            seconds=SECONDS_TO_START,
            what=f"{promises} more requests are not accepted",
        )


def of_code(program: Program, code: Path) -> Program:
    return replace(program, folder=code, variables={**program.variables, "PYTHONPATH": str(code)})


@pytest.fixture
def rollout(tmp_path: Path) -> Iterator[Rollout]:
    new = copy_with(["step"], into=tmp_path)
    migrations = new / "orders" / "migrations"
    last = max(path.stem for path in migrations.glob("0*.py"))
    (migrations / "9000_expand.py").write_text(EXPAND.format(last=last))
    with built() as site:
        rollout = Rollout(site, new)
        tokens = open_shop(site)
        rollout.start(ROOT, "web", "worker-1", "beat", port=(port := free_port()))
        site.supervisor.wait_until(
            lambda: serves(port), seconds=SECONDS_TO_START, what="web does not serve"
        )
        rollout.customers += [
            Shopper(token, port, ["charge_first"], rollout.journal, Random(number))
            for number, token in enumerate(tokens)
        ]
        for each in rollout.customers:
            each.start()
        yield rollout
        for each in rollout.customers:
            each.leaving.set()


def test_in_a_rolling_deployment_under_load_every_request_succeeds_and_no_order_is_lost(
    rollout: Rollout,
) -> None:
    site, away = rollout.site, rollout.site.book.with_name(f"{rollout.site.book.name}.away")
    rollout.wait_for(20)
    away.touch()  # so that sagas that the old code has begun are under way when it ends
    rollout.wait_for(20)
    rollout.run_new("sagas", "compat")
    rollout.run_new("migrate", "--verbosity=0")
    rollout.wait_for(20)
    port = free_port()
    rollout.start(rollout.new, "worker-2", port=port)
    rollout.wait_for(20)
    rollout.stop("worker-1")
    away.unlink()
    rollout.start(rollout.new, "web", port=port)
    site.supervisor.wait_until(
        lambda: serves(port), seconds=SECONDS_TO_START, what="the new web does not serve"
    )
    for each in rollout.customers:  # what the proxy does
        each.port = port
    rollout.wait_for(20)
    rollout.stop("web")
    rollout.stop("beat")
    rollout.start(rollout.new, "beat", port=port)
    rollout.wait_for(20)
    for each in rollout.customers:
        each.leaving.set()
    site.supervisor.wait_until(
        lambda: not any(each.is_alive() for each in rollout.customers) and unsettled(site) == 0,
        seconds=SECONDS_TO_RETRY,
        what="orders are not settled",
    )
    # While a migration waits for a table, a request may have to be sent again (Retry-After).
    assert rollout.journal.answers.keys() <= {"202", "409", "503"}
    assert (rollout.journal.wrong, rollout.journal.unanswered) == ([], [])
    assert compare(site, rollout.journal).wrong == []
    assert judged(site) == []
    with site.session() as session:
        completed = dict(session.execute(SAGAS_BY_VERSION.encode()).fetchall())
    assert completed.keys() == {1, 2}
    assert all(completed.values())
