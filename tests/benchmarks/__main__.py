"""``bin/bench NAME``: one benchmark beside its baselines, on servers of its own."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

from config.stack.endings import heed_endings
from config.stack.finder import NotFoundHere
from tests.benchmarks import (
    api,
    backlog,
    bulk,
    gateway,
    growth,
    hot_item,
    latency,
    outbox,
    pipeline,
    readmodels,
    rebuild,
)
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.report import Figure, as_text, write_json
from tests.benchmarks.stack import Stack, running_stack

Measure = Callable[[Stack], list[Figure]]

BENCHMARKS = {
    "api": api,
    "backlog": backlog,
    "bulk": bulk,
    "gateway": gateway,
    "growth": growth,
    "hot-item": hot_item,
    "latency": latency,
    "outbox": outbox,
    "pipeline": pipeline,
    "readmodels": readmodels,
    "rebuild": rebuild,
}
"""Each has ``Options``, whose fields are the options of its name, and ``measure()``."""


def main(words: Sequence[str]) -> int:
    """Run a benchmark; 0 when its figures are valid, 1 when they are not, 2 for bad input."""
    measure, target = _asked_for(words)
    heed_endings()
    try:
        with running_stack() as stack:
            figures = measure(stack)
    except (InvalidRun, OSError, RuntimeError) as error:
        sys.stderr.write(f"This run is not valid: {error}\n")
        return 1
    except NotFoundHere as error:
        sys.stderr.write(f"bin/bench: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(f"{as_text(figures)}\n")
    if target:
        write_json(figures, target)
    return 0


def _asked_for(words: Sequence[str]) -> tuple[Measure, Path | None]:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")

    pipelined = names.add_parser("pipeline", help="orders per second, placed to final")
    pipelined.add_argument("--orders", type=_count, default=5000, help="orders per round (5000)")
    pipelined.add_argument("--rounds", type=_count, default=3, help="of ours and each baseline (3)")
    pipelined.add_argument("--placers", type=_count, default=2, help="processes that place (2)")
    pipelined.add_argument(
        "--tasks", type=_count, default=5000, help="no-op tasks per round (5000)"
    )
    pipelined.add_argument(
        "--patience",
        dest="seconds",
        type=_positive,
        default=300,
        help="seconds until a part is given up (300)",
    )

    paced = names.add_parser("latency", help="order committed to read model final")
    paced.add_argument("--rate", type=_positive, default=10, help="orders per second (10)")
    paced.add_argument("--seconds", type=_positive, default=30, help="how long (30)")

    written = names.add_parser("bulk", help="outbox/bulk.py beside bulk_create and bulk_update")
    written.add_argument("--rows", type=_count, default=200, help="rows per statement (200)")
    written.add_argument("--rounds", type=_count, default=30, help="of each way (30)")

    hot = names.add_parser("hot-item", help="orders that all want the same unit of goods")
    hot.add_argument("--orders", type=_count, default=2000, help="orders per round (2000)")
    hot.add_argument("--rounds", type=_count, default=3, help="hot and spread in turns (3)")
    hot.add_argument("--placers", type=_count, default=2, help="processes that place (2)")
    hot.add_argument(
        "--patience",
        dest="seconds",
        type=_positive,
        default=300,
        help="seconds until a round is given up (300)",
    )

    slow = names.add_parser("gateway", help="a gateway that takes its time, and one that is away")
    slow.add_argument("--orders", type=_count, default=1000, help="orders of each part (1000)")
    slow.add_argument("--delay", type=_positive, default=0.2, help="seconds of a call (0.2)")
    slow.add_argument("--outage", type=_positive, default=60, help="seconds it is away (60)")
    slow.add_argument(
        "--patience",
        dest="seconds",
        type=_positive,
        default=300,
        help="seconds until a part is given up (300)",
    )

    grown = names.add_parser("growth", help="the pipeline with a table that has grown for years")
    grown.add_argument(
        "--rows", type=_count, default=10_000_000, help="settled deliveries (10,000,000)"
    )
    grown.add_argument("--orders", type=_count, default=5000, help="orders per lap (5000)")
    grown.add_argument("--rounds", type=_count, default=3, help="empty and grown in turns (3)")
    grown.add_argument(
        "--held", type=_positive, default=60, help="seconds for which a snapshot is held (60)"
    )
    grown.add_argument(
        "--patience", type=_positive, default=300, help="seconds until a lap is given up (300)"
    )

    heard = names.add_parser("outbox", help="messages to a subscriber, beside other outboxes")
    heard.add_argument("--messages", type=_count, default=10_000, help="a round (10,000)")
    heard.add_argument("--rounds", type=_count, default=3, help="of ours and each rival (3)")
    heard.add_argument("--rate", type=_positive, default=20, help="messages per second (20)")
    heard.add_argument("--seconds", type=_positive, default=10, help="of that pace (10)")
    heard.add_argument(
        "--patience", type=_positive, default=300, help="seconds until a part is given up (300)"
    )

    piled_up = names.add_parser("backlog", help="what has piled up, drained")
    piled_up.add_argument(
        "--deliveries", type=_count, default=1_000_000, help="owed deliveries (1,000,000)"
    )
    piled_up.add_argument("--orders", type=_count, default=2000, help="orders (2000)")
    piled_up.add_argument("--rounds", type=_count, default=1, help="of each part (1)")
    piled_up.add_argument(
        "--patience", type=_positive, default=900, help="seconds until a part is given up (900)"
    )

    _add_reading(names)
    _add_api(names)

    for each in names.choices.values():
        each.add_argument("--json", type=_new_file, metavar="FILE", help="write the figures there")
    asked = parser.parse_args(words)
    benchmark: Any = BENCHMARKS[asked.name]
    wanted = {field.name: getattr(asked, field.name) for field in fields(benchmark.Options)}
    return partial(benchmark.measure, options=benchmark.Options(**wanted)), asked.json


def _add_reading(names: Any) -> None:
    page = names.add_parser("readmodels", help="a dashboard's page, in SQL and over HTTP")
    page.add_argument("--rows", type=_count, default=1_000_000, help="orders (1,000,000)")
    page.add_argument("--pages", type=_count, default=500, help="a round (500)")
    page.add_argument("--messages", type=_count, default=40_000, help="folded a round (40,000)")
    page.add_argument("--rounds", type=_count, default=3, help="of each (3)")

    anew = names.add_parser("rebuild", help="a read model from the log, beside a bulk INSERT")
    anew.add_argument("--rows", type=_count, default=100_000, help="orders (100,000)")
    anew.add_argument("--rounds", type=_count, default=3, help="of each (3)")


def _add_api(names: Any) -> None:
    asked_for = names.add_parser("api", help="orders that the API accepts")
    asked_for.add_argument("--orders", type=_count, default=2000, help="orders per round (2000)")
    asked_for.add_argument("--rounds", type=_count, default=9, help="of each kind, in turns (9)")
    asked_for.add_argument("--clients", type=_count, default=2, help="processes that post (2)")
    asked_for.add_argument(
        "--patience",
        dest="seconds",
        type=_positive,
        default=300,
        help="seconds until a round is given up (300)",
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: it wants a whole number from 1")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: it wants a number above 0")
    return number


def _new_file(text: str) -> Path:
    path = Path(text).absolute()
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r}: it wants a file in a folder that exists")
    return path


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
