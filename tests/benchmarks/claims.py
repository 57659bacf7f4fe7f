"""What a claim takes while much has stopped, beside the same with nothing that has."""

import os
from dataclasses import dataclass
from statistics import median

from tests.benchmarks import owed
from tests.benchmarks.crew import at_work
from tests.benchmarks.messaging.effects import TABLE
from tests.benchmarks.options import option, patience
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack

SETTINGS = "tests.benchmarks.messaging.ours.settings"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much has stopped, and how much is claimed beside it."""

    stopped: int = option(100_000, "lanes that have stopped")
    behind: int = option(10, "messages of each of them")
    claimed: int = option(20_000, "messages that are claimed a round")
    rounds: int = option(3, "of each")
    patience: float = patience(900.0, "a round")


QUICK = Options(stopped=100, behind=10, claimed=200, rounds=1)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Claim with an empty table, then beside lanes that have stopped.

    :raises InvalidRun: what was owed was not handled in time.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    stack.database.execute(TABLE)
    empty = [_claim(stack, options) for _ in range(options.rounds)]
    say(f"{median(empty):.2f} ms a claim with an empty table")
    owed.stop_lanes(stack, options.stopped, messages=options.behind)
    beside = [_claim(stack, options) for _ in range(options.rounds)]
    messages = options.stopped * options.behind
    return [
        Figure(
            name=f"a claim beside {options.stopped:,} stopped lanes with {messages:,} messages",
            unit="ms",
            ours=beside,
            baseline=empty,
            baseline_name="the empty table",
            bar=5,
            bar_on="ours",
            less_is_better=True,
        )
    ]


def _claim(stack: Stack, options: Options) -> float:
    """Drain with one process; return the median of what a claim takes, in milliseconds."""
    owed.pile_up(stack, options.claimed)
    owed.vacuum(stack)
    job = "tests.benchmarks.claiming:prepare"
    (shift,) = at_work(stack, job, [("counter",)], seconds=options.patience)
    took: list[float] = shift.result
    return median(took) * 1000
