"""How the cost grows: workers, lines, conversations, backlogs and read models, a few sizes each."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.benchmarks import owed, workload
from tests.benchmarks.commits import keep_the_log
from tests.benchmarks.costs import Costs, costs_so_far
from tests.benchmarks.crew import at_work
from tests.benchmarks.curves import Curve, Point, Spent
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.laps import Lap, lap_of_ours
from tests.benchmarks.messaging.effects import TABLE
from tests.benchmarks.options import option, patience
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack, delivering
from tests.benchmarks.workload import PlannedOrder

PROCESSES = (1, 2, 4)
LINES = (1, 10, 100, 1000)
SMALL_BACKLOG, SMALL_TIMES = 10, 5
READ_MODELS = (1, 3, 6, 12)

EFFECTS = "SELECT count(*) FROM effect"
WOKEN = "SELECT count(*) FROM effect WHERE number < 0"

COUNTING = "tests.benchmarks.messaging.ours.settings"
FOLDING = "tests.benchmarks.folding.settings"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much is run at each size."""

    orders: int = option(2000, "orders for each number of worker processes")
    most_processes: int = option(4, "worker processes")
    lines: int = option(10_000, "lines of all orders, for each number of lines an order")
    most_lines: int = option(1000, "lines of the largest orders")
    messages: int = option(10_000, "messages, on one conversation to all apart")
    backlog: int = option(1_000_000, "messages of the largest backlog")
    folded: int = option(10_000, "messages for each number of read models")
    most_read_models: int = option(12, "read models")
    patience: float = patience(900.0, "a part")


QUICK = Options(
    orders=10,
    most_processes=1,
    lines=20,
    most_lines=10,
    messages=100,
    backlog=100,
    folded=40,
    most_read_models=3,
)


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Draw a curve for each thing that grows.

    :raises InvalidRun: something was not final in time.
    """
    keep_the_log(stack)
    stocked = [*workload.STOCKED, *workload.LINES[: options.most_lines]]
    at_work(stack, "tests.benchmarks.placing:open_shop", [(stocked,)], seconds=120)
    curves = [_workers(stack, options), _lines(stack, options)]
    stack.database.execute(TABLE)
    with _deployed(stack, COUNTING):
        _count(stack, SMALL_BACKLOG, options)
        curves += [_conversations(stack, options), _backlogs(stack, options)]
    curves.append(_read_models(stack, options))
    for curve in curves:
        say(curve.table())
    return [figure for curve in curves for figure in curve.figures()]


def _workers(stack: Stack, options: Options) -> Curve:
    curve = Curve("worker processes", "order")
    for processes in _up_to(options.most_processes, PROCESSES):
        orders = workload.plan(options.orders, seed=processes)
        lap = _lap(stack, orders, options, processes=processes)
        curve.points.append(_point(processes, lap, units=1))
    return curve


def _lines(stack: Stack, options: Options) -> Curve:
    curve = Curve("lines per order", "line")
    for lines in _up_to(options.most_lines, LINES):
        orders = workload.of_lines(lines, max(options.lines // lines, 2), seed=lines)
        curve.points.append(_point(lines, _lap(stack, orders, options), units=lines))
    return curve


def _up_to(most: int, sizes: tuple[int, ...]) -> list[int]:
    return [size for size in sizes if size <= most]


def _lap(
    stack: Stack, orders: list[PlannedOrder], options: Options, processes: int | None = None
) -> Lap:
    return lap_of_ours(stack, orders, placers=2, seconds=options.patience, processes=processes)


def _point(size: int, lap: Lap, *, units: int) -> Point:
    """Divide what an order has cost by its units."""
    return Point(
        size=size,
        workers=lap.workers / units,
        postgres=lap.postgres / units,
        elapsed=1000 / lap.orders_per_second / units,
    )


def _conversations(stack: Stack, options: Options) -> Curve:
    """Have the same messages owed on one conversation, on some, and on one each."""
    curve = Curve("conversations", "message")
    for conversations in (1, max(round(options.messages**0.5), 2), options.messages):
        spent = _count(stack, options.messages, options, conversations=conversations)
        curve.points.append(spent.point(conversations, options.messages))
    return curve


def _backlogs(stack: Stack, options: Options) -> Curve:
    """Have messages owed, a conversation each; a small backlog is looked at a few times."""
    curve = Curve("messages in the backlog", "message")
    sizes = (SMALL_BACKLOG, max(round(options.backlog / 100), 2 * SMALL_BACKLOG), options.backlog)
    for size in sizes:
        times = SMALL_TIMES if size == SMALL_BACKLOG else 1
        spent = Spent(0, 0, 0)
        for _ in range(times):
            spent += _count(stack, size, options)
        curve.points.append(spent.point(size, size * times))
    return curve


def _count(
    stack: Stack, messages: int, options: Options, *, conversations: int | None = None
) -> Spent:
    """Have messages owed to a subscriber that counts them, and wake the workers with one more.

    :raises InvalidRun: a message had no effect, or had none in time.
    """
    before = stack.ask(EFFECTS)
    spent = _metered(
        stack,
        "tests.benchmarks.messaging.ours.waking:prepare",
        -1 - stack.ask(WOKEN),
        options,
        before_start=lambda: owed.pile_up(stack, messages, conversations=conversations),
    )
    if (counted := stack.ask(EFFECTS) - before) != messages + 1:
        raise InvalidRun(f"{counted} of {messages + 1} messages were counted")
    return spent


def _read_models(stack: Stack, options: Options) -> Curve:
    """Have the same messages folded into one read model, and into more that are like it."""
    curve = Curve("read models", "message and read model")
    job = "tests.benchmarks.folding.publishing"
    for number in _up_to(options.most_read_models, READ_MODELS):
        with _deployed(stack, FOLDING, FOLDED_BY=str(number)):
            if not curve.points:
                at_work(stack, f"{job}:make_tables", [()], seconds=60)
            _metered(stack, f"{job}:prepare", SMALL_BACKLOG, options)
            spent = _metered(stack, f"{job}:prepare", options.folded, options)
            curve.points.append(spent.point(number, options.folded * number))
    return curve


def _metered(
    stack: Stack,
    publishing: str,
    argument: int,
    options: Options,
    *,
    before_start: Callable[[], object] = lambda: None,
) -> Spent:
    """Publish with one commit, and wait until nothing is owed; the time runs from the commit."""
    before: list[Costs] = []

    def begin() -> None:
        before_start()
        before.append(costs_so_far(stack))

    seconds = options.patience
    (shift,) = at_work(stack, publishing, [(argument,)], seconds=seconds, before_start=begin)
    owed.wait_until_settled(stack, seconds=seconds, what="The messages are not handled")
    elapsed, after = time.monotonic() - shift.ended, costs_so_far(stack)
    return Spent(after.workers - before[0].workers, after.postgres - before[0].postgres, elapsed)


@contextmanager
def _deployed(stack: Stack, settings: str, **variables: str) -> Iterator[None]:
    """Run worker and beat, and whatever publishes, with these settings and variables."""
    before = dict(os.environ)
    os.environ.update(variables, DJANGO_SETTINGS_MODULE=settings)
    try:
        with stack.running(delivering(settings)):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
