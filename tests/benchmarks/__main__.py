"""``bin/bench NAME``: one benchmark beside its baselines, on servers of its own."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from config.stack.endings import heed_endings
from config.stack.finder import NotFoundHere
from tests.benchmarks import (
    backlog,
    bulk,
    gateway,
    growth,
    hot_item,
    latency,
    outbox,
    pipeline,
)
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.report import Figure, as_text, write_json
from tests.benchmarks.stack import Stack, running_stack

Measure = Callable[[Stack], list[Figure]]


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

    first = names.add_parser("pipeline", help="orders per second, placed to final")
    first.add_argument("--orders", type=_count, default=5000, help="orders per round (5000)")
    first.add_argument("--rounds", type=_count, default=3, help="of ours and each baseline (3)")
    first.add_argument("--placers", type=_count, default=2, help="processes that place (2)")
    first.add_argument("--tasks", type=_count, default=5000, help="no-op tasks per round (5000)")
    first.add_argument(
        "--patience", type=_positive, default=300, help="seconds until a part is given up (300)"
    )

    second = names.add_parser("latency", help="order committed to read model final")
    second.add_argument("--rate", type=_positive, default=10, help="orders per second (10)")
    second.add_argument("--seconds", type=_positive, default=30, help="how long (30)")

    third = names.add_parser("bulk", help="outbox/bulk.py beside bulk_create and bulk_update")
    third.add_argument("--rows", type=_count, default=200, help="rows per statement (200)")
    third.add_argument("--rounds", type=_count, default=30, help="of each way (30)")

    fourth = names.add_parser("hot-item", help="orders that all want the same unit of goods")
    fourth.add_argument("--orders", type=_count, default=2000, help="orders per round (2000)")
    fourth.add_argument("--rounds", type=_count, default=3, help="hot and spread in turns (3)")
    fourth.add_argument("--placers", type=_count, default=2, help="processes that place (2)")
    fourth.add_argument(
        "--patience", type=_positive, default=300, help="seconds until a round is given up (300)"
    )

    fifth = names.add_parser("gateway", help="a gateway that takes its time, and one that is away")
    fifth.add_argument("--orders", type=_count, default=1000, help="orders of each part (1000)")
    fifth.add_argument("--delay", type=_positive, default=0.2, help="seconds of a call (0.2)")
    fifth.add_argument("--outage", type=_positive, default=60, help="seconds it is away (60)")
    fifth.add_argument(
        "--patience", type=_positive, default=300, help="seconds until a part is given up (300)"
    )

    sixth = names.add_parser("growth", help="the pipeline with a table that has grown for years")
    sixth.add_argument(
        "--rows", type=_count, default=10_000_000, help="settled deliveries (10,000,000)"
    )
    sixth.add_argument("--orders", type=_count, default=5000, help="orders per lap (5000)")
    sixth.add_argument("--rounds", type=_count, default=3, help="empty and grown in turns (3)")
    sixth.add_argument(
        "--held", type=_positive, default=60, help="seconds for which a snapshot is held (60)"
    )
    sixth.add_argument(
        "--patience", type=_positive, default=300, help="seconds until a lap is given up (300)"
    )

    seventh = names.add_parser("outbox", help="messages to a subscriber, beside other outboxes")
    seventh.add_argument("--messages", type=_count, default=10_000, help="a round (10,000)")
    seventh.add_argument("--rounds", type=_count, default=3, help="of ours and each rival (3)")
    seventh.add_argument("--rate", type=_positive, default=20, help="messages per second (20)")
    seventh.add_argument("--seconds", type=_positive, default=10, help="of that pace (10)")
    seventh.add_argument(
        "--patience", type=_positive, default=300, help="seconds until a part is given up (300)"
    )

    eighth = names.add_parser("backlog", help="what has piled up, drained")
    eighth.add_argument(
        "--deliveries", type=_count, default=1_000_000, help="owed deliveries (1,000,000)"
    )
    eighth.add_argument("--orders", type=_count, default=2000, help="orders (2000)")
    eighth.add_argument("--rounds", type=_count, default=1, help="of each part (1)")
    eighth.add_argument(
        "--patience", type=_positive, default=900, help="seconds until a part is given up (900)"
    )

    for each in (first, second, third, fourth, fifth, sixth, seventh, eighth):
        each.add_argument("--json", type=_new_file, metavar="FILE", help="write the figures there")
    asked = parser.parse_args(words)
    measure_of: dict[str, Measure] = {
        "pipeline": lambda stack: pipeline.measure(
            stack,
            pipeline.Options(
                orders=asked.orders,
                rounds=asked.rounds,
                placers=asked.placers,
                tasks=asked.tasks,
                seconds=asked.patience,
            ),
        ),
        "latency": lambda stack: latency.measure(
            stack, latency.Options(rate=asked.rate, seconds=asked.seconds)
        ),
        "hot-item": lambda stack: hot_item.measure(
            stack,
            hot_item.Options(
                orders=asked.orders,
                rounds=asked.rounds,
                placers=asked.placers,
                seconds=asked.patience,
            ),
        ),
        "gateway": lambda stack: gateway.measure(
            stack,
            gateway.Options(
                orders=asked.orders,
                delay=asked.delay,
                outage=asked.outage,
                seconds=asked.patience,
            ),
        ),
        "growth": lambda stack: growth.measure(
            stack,
            growth.Options(
                rows=asked.rows,
                orders=asked.orders,
                rounds=asked.rounds,
                held=asked.held,
                patience=asked.patience,
            ),
        ),
        "outbox": lambda stack: outbox.measure(
            stack,
            outbox.Options(
                messages=asked.messages,
                rounds=asked.rounds,
                rate=asked.rate,
                seconds=asked.seconds,
                patience=asked.patience,
            ),
        ),
        "backlog": lambda stack: backlog.measure(
            stack,
            backlog.Options(
                deliveries=asked.deliveries,
                orders=asked.orders,
                rounds=asked.rounds,
                patience=asked.patience,
            ),
        ),
        "bulk": lambda stack: bulk.measure(
            stack, bulk.Options(rows=asked.rows, rounds=asked.rounds)
        ),
    }
    return measure_of[asked.name], asked.json


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
