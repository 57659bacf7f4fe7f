"""``bin/faults``: torment a whole system for a while, and judge it by what witnesses saw.

Status 0: nothing was lost, doubled or stuck; 1: something was; 2: bad input, or no servers here.
"""

import argparse
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from config.demo.stack.finder import NotFoundHere
from config.demo.stack.signals import interrupt_on_signals
from config.environment.paths import STATE
from tests.faults.brokers import NotHere
from tests.nemesis.plants import PLANTS
from tests.nemesis.report import as_text, write_json
from tests.nemesis.run import Plan, run
from tests.nemesis.site import built, keep_logs

FLOWS = ("charge_first", "reserve_first", "choreographed")
LOGS = STATE / "logs" / "faults"


def main(words: Sequence[str]) -> int:
    """Run once; return the status."""
    given = _options().parse_args(words)
    plan = Plan(
        seed=secrets.randbelow(10**6) if given.seed is None else given.seed,
        seconds=given.minutes * 60,
        faults=given.faults,
        per_second=given.per_second,
        flows=given.flows.split(","),
        plant=given.plant,
    )
    interrupt_on_signals()
    try:
        with built() as site:
            try:
                report = run(site, plan)
            finally:
                keep_logs(site, LOGS)
    except (NotFoundHere, NotHere) as error:
        sys.stderr.write(f"bin/faults: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(f"{as_text(report)}\n")
    if report.wrong:
        sys.stdout.write(f"The logs are in {LOGS}\n")
    if given.json:
        write_json(report, given.json)
    return 1 if report.wrong else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/faults", description=__doc__, allow_abbrev=False)
    parser.add_argument("--minutes", type=_positive, default=1.0, help="how long, 1 by default")
    parser.add_argument("--faults", type=int, metavar="N", help="stop after so many faults")
    parser.add_argument(
        "--per-second", type=_positive, default=3.0, metavar="N", help="faults, 3 by default"
    )
    parser.add_argument("--seed", type=int, help="draw the same faults as another run")
    parser.add_argument(
        "--flows",
        type=_flows,
        default=",".join(FLOWS),
        help=f"of {','.join(FLOWS)}; all by default",
    )
    parser.add_argument("--json", type=_file, metavar="FILE", help="write the report there too")
    parser.add_argument("--plant", choices=sorted(PLANTS), metavar="NAME", help=_plants())
    return parser


def _plants() -> str:
    bugs = "; ".join(f"{name}: {wrong}" for name, wrong in PLANTS.items())
    return f"run with a bug, to see whether it is caught. {bugs}"


def _positive(text: str) -> float:
    if (number := float(text)) <= 0:
        raise ValueError(text)
    return number


def _flows(text: str) -> str:
    if wrong := set(text.split(",")) - set(FLOWS):
        raise argparse.ArgumentTypeError(f"no such flow: {', '.join(sorted(wrong))}")
    return text


def _file(text: str) -> Path:
    path = Path(text).absolute()
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"the folder {path.parent} does not exist")
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
