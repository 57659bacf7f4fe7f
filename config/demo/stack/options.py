"""The command line of ``bin/demo``."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

REPLAY_OPTIONS = ("opening-stock", "layout", "limit", "flow")


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options; ``replay`` are passed on to ``replay_orders``."""

    orders: Path | None
    replay: list[str]
    once: bool
    json: Path | None
    reset: bool
    port: int


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print one line, and exit with status 2."""
        self.exit(2, f"bin/demo: {message}\n")


def read_options(words: Sequence[str]) -> Options:
    """Parse the command line, or exit with status 2 and one line."""
    parser = _parser()
    given = parser.parse_args(words)
    if given.orders and not given.orders.exists():
        parser.error(f"--orders: {given.orders} does not exist")
    if given.json and not given.json.absolute().parent.is_dir():
        parser.error(f"--json: the folder {given.json.parent} does not exist")
    replay = [
        f"--{name}={value}"
        for name in REPLAY_OPTIONS
        if (value := getattr(given, name.replace("-", "_"))) is not None
    ]
    if replay and not given.orders:
        parser.error(f"{replay[0].partition('=')[0]} says how to replay: it needs --orders PATH")
    return Options(
        orders=given.orders and given.orders.absolute(),
        replay=replay,
        once=given.once,
        json=given.json and given.json.absolute(),
        reset=given.reset,
        port=given.port,
    )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="bin/demo",
        description="Start everything, let orders reach their ends, and serve until Ctrl-C.",
        allow_abbrev=False,
    )
    parser.add_argument("--orders", type=Path, metavar="PATH", help="replay these real orders")
    for name in REPLAY_OPTIONS:
        parser.add_argument(f"--{name}", metavar="VALUE", help="passed on to replay_orders")
    parser.add_argument("--once", action="store_true", help="end after the orders and an audit")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the summary here")
    parser.add_argument("--reset", action="store_true", help="delete all data first")
    parser.add_argument(
        "--port", type=_port, default=8000, help="default 8000; a free one if taken"
    )
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 0 < number < 65536:
        raise ValueError(text)
    return number
