"""``manage.py replay_orders``: place the orders of a real shop and see what becomes of them."""

import re
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.demo.replay.columns import InputRefused
from config.demo.replay.layouts import layouts, read_books
from config.demo.replay.opening_stock import read_opening_stock
from config.demo.replay.reporting import errors_in_one_line, require_writable, write_summary
from config.demo.replay.run import replay
from orders.flows import FLOWS


class Command(BaseCommand):
    """Read orders from CSV files, place them, and wait for their ends; workers have to run."""

    help = (
        "Place the orders of a real shop from CSV files, plain or .gz, and wait for their ends."
        " Running it again places nothing twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options; their values are read in handle(), which answers in one line."""
        parser.add_argument("path", type=Path, help="the file, or the folder of the files")
        parser.add_argument("--layout", help=f"{' or '.join(sorted(layouts))}; found out if absent")
        parser.add_argument(
            "--opening-stock",
            help="unlimited; or units of each product, such as 100; or, with a decimal point, a"
            " share of what the file asks for, such as 0.5. Default: what the layout brings, else"
            " unlimited. A product that has its opening stock keeps it",
        )
        parser.add_argument("--limit", help="place the first so many sales only")
        parser.add_argument("--flow", help=f"{' or '.join(sorted(FLOWS))}; default ORDER_FLOW")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the summary here")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read and check everything, then write.

        :raises CommandError: with status 2 for input that cannot be used, 1 for other failures.
        """
        say = partial(self.stderr.write, style_func=str)
        with errors_in_one_line():
            limit, flow, json = _limit(options["limit"]), _flow(options["flow"]), options["json"]
            stock_for = read_opening_stock(options["opening_stock"])
            require_writable(json)
            say(f"Reading {options['path']}")
            books = read_books(options["path"], options["layout"])
            summary = replay(
                books if limit is None else books.first(limit),
                stock=stock_for(books),
                flow=flow,
                say=say,
            )
            if json:
                write_summary(json, summary)
        self.stdout.write("\n".join(summary.lines()))


def _limit(text: str | None) -> int | None:
    if text is not None and not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise InputRefused(f"--limit {text!r} is not known: use a whole number of 1 or more")
    return int(text) if text else None


def _flow(text: str | None) -> str | None:
    if text is not None and text not in FLOWS:
        raise InputRefused(f"--flow {text!r} is not known: use {' or '.join(sorted(FLOWS))}")
    return text
