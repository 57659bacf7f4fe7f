"""What a run costs: processor time by program, and memory.

Unlike the time that passes, these hardly depend on what else the machine does meanwhile.
"""

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.stack import Stack

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Costs:
    """Counters that only grow.

    :ivar workers: seconds of processor time of the worker and its processes; 0 where none runs.
    :ivar postgres: the same of the server, its sessions and its vacuum.
    """

    workers: float
    postgres: float


def costs_so_far(stack: Stack) -> Costs:
    """Read the counters of what runs now; those of processes that have ended are in them."""
    seconds_of = {
        child.program.name: _seconds_of_tree(child.process.pid)
        for child in stack.supervisor.children
        if child.program.name in {"worker", "postgres"}
    }
    return Costs(seconds_of.get("worker", 0.0), seconds_of["postgres"])


def memory_of_worker(stack: Stack) -> float:
    """Return the megabytes that the worker and its processes have for themselves."""
    (worker,) = (each for each in stack.supervisor.children if each.program.name == "worker")
    return sum(_own_memory(each) for each in _tree(worker.process.pid)) / 1000


def _own_memory(process: int) -> float:
    """Read ``RssAnon`` (proc(5)), in kilobytes; what is shared with others is not in it."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0  # it has just ended
    _, _, own = status.partition("RssAnon:")
    return float(own.split()[0]) if own else 0.0  # one that has ended has a status, and no memory


def _seconds_of_tree(root: int) -> float:
    return sum(_tree(root).values()) / TICKS_PER_SECOND


def _tree(root: int) -> dict[int, int]:
    """Return a process and its descendants, with the ticks that each has used."""
    ticks, children = {}, defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        process = int(stat.parent.name)
        # proc(5): field 4 is the parent; 14 to 17 are user and system, own and of children.
        children[int(words[1])].append(process)
        ticks[process] = sum(int(word) for word in words[11:15])
    tree = [root]
    for process in tree:
        tree += children[process]
    return {process: ticks[process] for process in tree}
