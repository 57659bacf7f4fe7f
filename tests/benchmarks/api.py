"""Orders that the API accepts, beside the least that a view can do, and while Redis is away."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import quantiles

from config.demo.stack.application import application
from config.demo.stack.programs import Program
from tests.benchmarks import workload
from tests.benchmarks.crew import at_work
from tests.benchmarks.options import option, patience
from tests.benchmarks.report import Figure, say
from tests.benchmarks.stack import Stack
from tests.ports import free_port

OURS, BARE = "/api/v1/orders", "/api/bare"
WARMING_UP = 200
THREADS = 4
"""Of each client: as many requests are under way at once."""

TABLE = "CREATE TABLE bare_row (id bigserial PRIMARY KEY, body jsonb NOT NULL)"


@dataclass(frozen=True, kw_only=True)
class Options:
    """How much is run."""

    orders: int = option(2000, "orders per round")
    rounds: int = option(9, "of each kind, in turns")
    clients: int = option(2, "processes that post")
    patience: float = patience(300.0, "a round")


QUICK = Options(orders=24, rounds=1)


@dataclass(frozen=True, slots=True)
class Round:
    """What clients saw: orders per second, and the 99th percentile of an answer in ms."""

    pace: float
    p99: float


def measure(stack: Stack, options: Options) -> list[Figure]:
    """Post orders to both views in turns, then with Redis stopped, then hung.

    Nothing delivers meanwhile: what is measured is the way of a request.

    :raises InvalidRun: an order was not accepted.
    """
    stack.database.execute(TABLE)
    at_work(stack, "tests.benchmarks.placing:open_shop", [()], seconds=60)
    (shift,) = at_work(stack, "tests.benchmarks.posting:open_accounts", [()], seconds=60)
    posting = _Posting(stack, options, shift.result, free_port())
    rounds: dict[str, list[Round]] = {"ours": [], "bare": [], "stopped": [], "hung": []}
    with stack.running(_web(posting.port)):
        stack.wait_until(posting.is_served, seconds=60, what="The web server does not answer")
        for path in (OURS, BARE):
            posting.run(path, min(WARMING_UP, options.orders), seed=-1)
        for number in range(1, options.rounds + 1):
            rounds["bare"].append(posting.run(BARE, options.orders, seed=number))
            rounds["ours"].append(posting.run(OURS, options.orders, seed=number))
            with _stopped(stack):
                rounds["stopped"].append(posting.run(OURS, options.orders, seed=number))
            with _hung(stack):
                rounds["hung"].append(posting.run(OURS, options.orders, seed=number))
            paces = ", ".join(f"{name} {seen[-1].pace:.0f}" for name, seen in rounds.items())
            say(f"round {number}: {paces} orders/s")
    return list(_figures(rounds))


def _figures(rounds: dict[str, list[Round]]) -> Iterator[Figure]:
    p99 = {name: [each.p99 for each in seen] for name, seen in rounds.items()}
    bare = "a bare view that inserts one row"
    yield Figure(
        name="orders accepted per second",
        unit="orders/s",
        ours=[each.pace for each in rounds["ours"]],
        baseline=[each.pace for each in rounds["bare"]],
        baseline_name=bare,
        bar=0.6,
    )
    yield Figure(
        name="answer to an order, p99",
        unit="ms",
        ours=p99["ours"],
        baseline=p99["bare"],
        baseline_name=bare,
        less_is_better=True,
    )
    for name in ("stopped", "hung"):
        yield Figure(
            name=f"answer to an order with Redis {name}, p99",
            unit="ms",
            ours=p99[name],
            baseline=p99["ours"],
            baseline_name="with Redis at work",
            bar=1.2,
            less_is_better=True,
        )


@dataclass(frozen=True)
class _Posting:
    """Clients at a web server."""

    stack: Stack
    options: Options
    tokens: list[str]
    port: int

    def run(self, path: str, count: int, *, seed: int) -> Round:
        """Post orders as fast as the answers come."""
        orders = workload.plan(count, seed=seed)
        shifts = at_work(
            self.stack,
            "tests.benchmarks.posting:prepare",
            [
                (self.port, path, self.tokens, share, THREADS)
                for share in workload.shares(orders, self.options.clients)
            ],
            seconds=self.options.patience,
        )
        took = [each for shift in shifts for each in shift.result]
        span = max(each.ended for each in shifts) - min(each.begun for each in shifts)
        return Round(pace=count / span, p99=quantiles(took, n=100, method="inclusive")[98] * 1000)

    def is_served(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def _web(port: int) -> list[Program]:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.benchmarks.bare.settings"}
    programs = application(settings, address=f"127.0.0.1:{port}")
    return [program for program in programs if program.name == "web"]


@contextmanager
def _stopped(stack: Stack) -> Iterator[None]:
    (redis,) = (each.program for each in stack.supervisor.children if each.program.name == "redis")
    stack.supervisor.stop("redis")
    try:
        yield
    finally:
        stack.supervisor.start([redis])


@contextmanager
def _hung(stack: Stack) -> Iterator[None]:
    (redis,) = (each.process for each in stack.supervisor.children if each.program.name == "redis")
    redis.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        redis.send_signal(signal.SIGCONT)
