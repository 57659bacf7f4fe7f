"""``bin/bench NAME``: one benchmark beside its baselines, on servers of its own.

``bin/bench --quick``: all of them, small, to see whether they work.
"""

import argparse
import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

from config.demo.stack.finder import NotFoundHere
from config.demo.stack.signals import interrupt_on_signals
from tests.benchmarks import (
    api,
    backlog,
    bulk,
    claims,
    console,
    cost,
    gateway,
    growth,
    hot_item,
    latency,
    memory,
    outbox,
    pipeline,
    readmodels,
    rebuild,
)
from tests.benchmarks.invalid import InvalidRun
from tests.benchmarks.machine import machine
from tests.benchmarks.options import add_options
from tests.benchmarks.quick import Results, measure_all
from tests.benchmarks.report import as_text, write_json
from tests.benchmarks.stack import Stack, running_stack

Measure = Callable[[Stack], Results]

BENCHMARKS: dict[str, Any] = {
    "api": api,
    "backlog": backlog,
    "bulk": bulk,
    "claims": claims,
    "console": console,
    "cost": cost,
    "gateway": gateway,
    "growth": growth,
    "hot-item": hot_item,
    "latency": latency,
    "memory": memory,
    "outbox": outbox,
    "pipeline": pipeline,
    "readmodels": readmodels,
    "rebuild": rebuild,
}
"""Each has ``Options``, whose fields are the options of its name, and ``measure()``."""


def main(words: Sequence[str]) -> int:
    """Run a benchmark; 0 when its figures are valid, 1 when they are not, 2 for bad input."""
    measure, target = _asked_for(words)
    interrupt_on_signals()
    try:
        with running_stack() as stack:
            results, here = measure(stack), machine(stack)
    except (InvalidRun, OSError, RuntimeError) as error:
        sys.stderr.write(f"This run is not valid: {error}\n")
        return 1
    except NotFoundHere as error:
        sys.stderr.write(f"bin/bench: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    for figures in results.values():
        sys.stdout.write(f"{as_text(figures)}\n")
    if target:
        write_json(results, here, target)
    return 0


def _asked_for(words: Sequence[str]) -> tuple[Measure, Path | None]:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    json = argparse.ArgumentParser(add_help=False)
    json.add_argument("--json", type=_new_file, metavar="FILE", help="write the figures there")
    if "--quick" in words:
        parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__, parents=[json])
        parser.add_argument("--quick", action="store_true", required=True)
        return partial(measure_all, benchmarks=BENCHMARKS), parser.parse_args(words).json
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, benchmark in BENCHMARKS.items():
        about = inspect.getdoc(benchmark) or ""
        summary = about.partition("\n")[0]
        each = names.add_parser(name, help=summary, description=about, parents=[json])
        add_options(each, benchmark.Options)
    asked = parser.parse_args(words)
    chosen = BENCHMARKS[asked.name]
    wanted = {field.name: getattr(asked, field.name) for field in fields(chosen.Options)}
    return partial(_measure_one, asked.name, chosen.Options(**wanted)), asked.json


def _measure_one(name: str, options: Any, stack: Stack) -> Results:
    return {name: BENCHMARKS[name].measure(stack, options)}


def _new_file(text: str) -> Path:
    path = Path(text).absolute()
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r}: it wants a file in a folder that exists")
    return path


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
