"""Kill a flow wherever its process may die, one place after the other: each time it ends well.

What a dead process leaves is what it had committed, and what it had asked of others. So there is a
boundary before and after every commit, and before and after every call to the outside. The fixture
``crashes`` finds them all and runs a flow once for each: killed there, started again, settled, and
audited. ``docs/testing.md`` shows how to use it for a step of one's own.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import pytest
from django.db import connections

from outbox.retry import Retry
from payments.gateways.line import line_to
from payments.gateways.port import gateway_named
from testkit.clock import let_claims_end
from testkit.delivering import settle
from testkit.emptying import empty_tables
from testkit.invariants import assert_audited, assert_clean
from testkit.lives import SIDES, Boundary, Killed, Life
from testkit.shop import Shop, open_shop

Flow = Callable[[Shop], None]
"""Acts as a client does and lets everything settle. After a death it runs once more from its
beginning, as a client repeats what it got no answer to: so its orders bear a reference."""


class Crashes:
    """Runs flows in processes that die."""

    def __init__(self) -> None:
        self.survived = 0

    def everywhere(
        self, flow: Flow, *, given: Flow | None = None, part: int = 0, parts: int = 1
    ) -> int:
        """Kill a flow at each of its boundaries, one after the other.

        :param given: what happens undisturbed before; the flow has no boundaries in what it does
            again of this.
        :param parts: how many tests share the work, of which this is the one of number ``part``.
        :returns: how many boundaries there were in this part.
        :raises AssertionError: the flow or the audit finds something wrong after a death; a note
            says after which.
        """
        boundaries = self.boundaries_of(flow, given=given)[part::parts]
        for boundary in boundaries:
            self.survive(flow, [boundary], given=given)
        return len(boundaries)

    def twice(self, flow: Flow, *, pairs: int, seed: int) -> None:
        """Kill a flow at a boundary, and its next process wherever chance will have it.

        :raises AssertionError: as :meth:`everywhere`.
        """
        chance, boundaries = random.Random(seed), self.boundaries_of(flow)
        for _ in range(pairs):
            first = chance.choice(boundaries)
            again = Boundary(chance.randrange(1 + boundaries[-1].number), chance.choice(SIDES))
            self.survive(flow, [first, again])

    def boundaries_of(self, flow: Flow, *, given: Flow | None = None) -> list[Boundary]:
        """Run a flow undisturbed, and return where it could have died."""
        life, shop = Life(), _shop_where(given)
        with life.lived():
            flow(shop)
        assert_clean()
        return life.boundaries()

    def survive(self, flow: Flow, deaths: Sequence[Boundary], *, given: Flow | None = None) -> None:
        """Let one process after the other die over a flow, and a last one bring it to its end."""
        shop = _shop_where(given)
        try:
            for place, death in enumerate(deaths):
                life = Life(death)
                with life.lived(), suppress(Killed):
                    flow(shop)
                assert life.is_over or place, "the flow takes another course each time"
                start_again()
            flow(shop)
            settle()
            assert_audited()
        except Exception as error:
            error.add_note("killed " + ", then ".join(str(death) for death in deaths))
            raise
        self.survived += 1


def start_again() -> None:
    """Come up as a new process does, once the claims of the dead one have ended.

    What its sessions held ends as if they were closed. They stay, though: each new one has to plan
    every statement anew, which is a third of the database's work.
    """
    for connection in connections.all(initialized_only=True):
        connection.rollback()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
    for remembered in (line_to, gateway_named):
        remembered.cache_clear()
    let_claims_end()


def _shop_where(given: Flow | None) -> Shop:
    empty_tables()
    shop = open_shop()
    if given is not None:
        given(shop)
    return shop


@pytest.fixture
def crashes(
    transactional_db: None,  # noqa: ARG001 - the tables, with real commits
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> Iterator[Crashes]:
    """Kill flows at their boundaries; nothing waits for its next try."""
    monkeypatch.setattr(Retry, "delay", lambda *_: 0.0)
    crashes = Crashes()
    yield crashes
    record_property("deaths survived", crashes.survived)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many deaths the flows have survived, over all processes of the run."""
    survived = [
        number
        for report in terminalreporter.stats.get("passed", ())
        for name, number in report.user_properties
        if name == "deaths survived"
    ]
    if survived:
        terminalreporter.section("flows that were killed")
        terminalreporter.line(f"{sum(survived):,} deaths survived in {len(survived)} tests")
