"""Faults of the wires to PostgreSQL and to the broker."""

from collections.abc import Iterator
from random import Random

from tests.faults.wire import Wire
from tests.nemesis.faults import fault
from tests.nemesis.site import Site

WIRES = ("web to PostgreSQL", "workers to PostgreSQL", "broker")


def _torment(name: str) -> None:
    """Register what can happen to one wire."""

    def wire(site: Site) -> Wire:
        return site.wires[name]

    @fault(f"wire of {name}: reset", at=name, weight=6)
    def reset(site: Site, _: Random) -> Iterator[None]:
        wire(site).reset()
        yield

    @fault(f"wire of {name}: half open, then reset", at=name, seconds=(0.5, 3), weight=4)
    def half_open(site: Site, _: Random) -> Iterator[None]:
        wire(site).go_dead()
        yield
        for call in [each for each in wire(site).calls if each.is_dead]:
            call.reset()

    @fault(f"wire of {name}: slow", at=name, seconds=(1, 4), weight=4)
    def slow(site: Site, random: Random) -> Iterator[None]:
        wire(site).delay = random.uniform(0.005, 0.1)
        yield
        wire(site).delay = 0

    if name == "broker":
        return

    @fault(f"wire of {name}: the reply to a COMMIT is lost", at=name, seconds=(1, 1), weight=8)
    def reply_lost(site: Site, _: Random) -> Iterator[None]:
        wire(site).cuts_replies_to_commit = True
        yield
        wire(site).cuts_replies_to_commit = False

    @fault(f"wire of {name}: a COMMIT is lost", at=name, seconds=(1, 1), weight=6)
    def commit_lost(site: Site, _: Random) -> Iterator[None]:
        wire(site).cuts_commits = True
        yield
        wire(site).cuts_commits = False


for _name in WIRES:
    _torment(_name)
