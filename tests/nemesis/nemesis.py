"""The nemesis draws faults from a seed and lets them overlap, until it has done its share.

The name is that of Jepsen (jepsen.io), whose tests introduced it. The seed decides which faults
come in which order, for how long and how close together; what they meet is up to the machine.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from random import Random

from tests.nemesis import from_outside, to_processes, to_servers, to_wires
from tests.nemesis.faults import FAULTS, FaultKind
from tests.nemesis.site import Site

__all__ = ["FAULTS", "from_outside", "to_processes", "to_servers", "to_wires"]


@dataclass
class Nemesis:
    """Done are the faults that have ended; ``broken`` says which could not be done at all.

    :ivar per_second: how many faults begin, on average.
    """

    site: Site
    random: Random
    per_second: float
    done: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    lasting: set[str] = field(default_factory=set)
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.locks: dict[str, threading.Lock] = {each.at: threading.Lock() for each in _all()}

    def torment(self, *, faults: int | None, seconds: float, watch: Callable[[], None]) -> None:
        """Begin faults until there were so many, or the time is over; wait until all have ended.

        :param watch: called often meanwhile.
        """
        until = time.monotonic() + seconds
        begun = []
        for drawn in islice(self._draw(), faults):
            own = Random(self.random.getrandbits(64))
            begun.append(threading.Thread(target=self._do, args=(drawn, own), daemon=True))
            begun[-1].start()
            _pause(self.random.expovariate(self.per_second), watch)
            if time.monotonic() > until:
                break
        while any(each.is_alive() for each in begun):
            _pause(0.1, watch)

    def impossible(self) -> list[str]:
        return sorted(each.name for each in _all() if not each.possible(self.site))

    def _draw(self) -> Iterator[FaultKind]:
        """Yield each kind once, and then, for ever, kinds by their weights."""
        possible = [each for each in _all() if each.possible(self.site)]
        yield from self.random.sample(possible, len(possible))
        while True:
            yield self.random.choices(possible, [each.weight for each in possible])[0]

    def _do(self, drawn: FaultKind, random: Random) -> None:
        """Do a fault, once no other is done to the same thing."""
        seconds = random.uniform(*drawn.seconds)
        with self.locks[drawn.at]:
            self.lasting.add(drawn.at)
            self.most_at_once = max(self.most_at_once, len(self.lasting))
            try:
                with drawn.act(self.site, random):
                    time.sleep(seconds)
            except Exception as error:  # noqa: BLE001 - the fault itself is wrong then, not the system
                self.broken.append(f"{drawn.name}: {type(error).__name__}: {error}")
            else:
                self.done[drawn.name] += 1
            self.lasting.discard(drawn.at)


def _all() -> list[FaultKind]:
    return sorted(FAULTS.values(), key=lambda each: each.name)


def _pause(seconds: float, watch: Callable[[], None]) -> None:
    until = time.monotonic() + seconds
    while True:
        watch()
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, 0.05))
