"""One fault run: open the shop, let customers and the nemesis at it, let it settle, and judge."""

import json
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import psycopg

from config.environment.paths import ROOT
from tests.faults.processes import SECONDS_TO_SETTLE, SECONDS_TO_START
from tests.nemesis.customers import Journal, Shopper
from tests.nemesis.goods import CUSTOMERS
from tests.nemesis.nemesis import Nemesis
from tests.nemesis.site import Site, environment
from tests.nemesis.witnesses import compare

UNSETTLED = """
SELECT (SELECT count(*) FROM orders_order WHERE status IN ('pending', 'cancelling'))
     + (SELECT count(*) FROM outbox_lane)
     + (SELECT count(*) FROM outbox_claim)
"""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is asked of a run; ``faults`` without a number means as many as fit into the time."""

    seed: int
    seconds: float
    faults: int | None
    per_second: float
    flows: Sequence[str]
    plant: str | None


@dataclass(frozen=True)
class Report:
    """What a run found; ``wrong`` is empty if nothing was lost, doubled or stuck."""

    seed: int
    faults: dict[str, int]
    impossible: list[str]
    most_at_once: int
    seconds: float
    settled_after: float
    compared: dict[str, int]
    answers: dict[str, int]
    wrong: list[str]

    @property
    def count(self) -> int:
        return sum(self.faults.values())


def run(site: Site, plan: Plan) -> Report:
    """Carry out a plan on a site that has its servers and nothing else yet."""
    tokens = open_shop(site)
    site.supervisor.start(site.application(plan.plant))
    site.supervisor.wait_until(site.serves, seconds=SECONDS_TO_START, what="web does not serve")
    random, journal = Random(plan.seed), Journal()
    customers = [
        Shopper(each, site.web, plan.flows, journal, Random(random.getrandbits(64)))
        for each in tokens
    ]
    nemesis = Nemesis(site, Random(random.getrandbits(64)), plan.per_second)
    begun = time.monotonic()
    for each in customers:
        each.start()
    nemesis.torment(faults=plan.faults, seconds=plan.seconds, watch=site.watch)
    ended = time.monotonic()
    settled_after = _settle(site, customers)
    testimony = compare(site, journal)
    late = [] if settled_after <= SECONDS_TO_SETTLE else [_stuck(site, settled_after)]
    return Report(
        seed=plan.seed,
        faults=dict(sorted(nemesis.done.items())),
        impossible=nemesis.impossible(),
        most_at_once=nemesis.most_at_once,
        seconds=ended - begun,
        settled_after=settled_after,
        compared=testimony.compared,
        answers=dict(sorted(journal.answers.items())),
        wrong=[*nemesis.broken, *late, *testimony.wrong, *judged(site)],
    )


def open_shop(site: Site) -> list[str]:
    """Migrate the database and fill it; return a token for each customer."""
    _manage(site, "migrate", "--verbosity=0")
    call = f"from tests.nemesis.opening import open_shop; open_shop({CUSTOMERS})"
    tokens: list[str] = json.loads(_manage(site, "shell", "--no-imports", "-c", call))
    return tokens


def _settle(site: Site, customers: Sequence[Shopper]) -> float:
    """Send the customers away, and return the seconds until nothing is owed any more."""
    begun = time.monotonic()
    for each in customers:
        each.leaving.set()
    while time.monotonic() <= begun + SECONDS_TO_SETTLE:
        site.watch()
        if not any(each.is_alive() for each in customers) and unsettled(site) == 0:
            break
        time.sleep(0.1)
    return time.monotonic() - begun


def unsettled(site: Site) -> int | None:
    """Count orders that have not ended, lanes and claims; ``None`` while PostgreSQL is away."""
    with suppress(psycopg.OperationalError), site.session() as session:
        row = session.execute(UNSETTLED.encode()).fetchone()
        return row and int(row[0])
    return None


def _stuck(site: Site, seconds: float) -> str:
    return f"after {seconds:.0f} seconds {unsettled(site)} orders, lanes and claims are not settled"


def judged(site: Site) -> list[str]:
    """Return what the audit and the comparison of read models find, a sentence each."""
    call = "from tests.nemesis.judging import judge; judge()"
    found: list[str] = json.loads(_manage(site, "shell", "--no-imports", "-c", call))
    return found


def _manage(site: Site, *words: str) -> str:
    """Run a command past all wires, and return what it wrote.

    :raises RuntimeError: it failed.
    """
    program = site.manage(*words)
    done = subprocess.run(
        program.command,
        cwd=ROOT,
        env={**environment(), **program.variables, "STATEMENT_TIMEOUT_SECONDS": "60"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {words[0]} failed: {done.stderr[-2000:]}")
    return done.stdout
