"""``manage.py load_catalogue``: a small shop to try things with, and orders in it on request."""

import re
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.demo.replay.columns import InputRefused
from config.demo.replay.own_shop import CURRENCY, give_access, shop_books
from config.demo.replay.reporting import errors_in_one_line, require_writable, write_summary
from config.demo.replay.run import replay
from orders.models import Order


class Command(BaseCommand):
    """Load the shop, once, and place orders in it; for these, workers have to run."""

    help = (
        "Load a small catalogue with stock, customers and an API user. Running it again adds"
        " nothing but another token; with --orders it places so many more each time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options; their values are read in handle(), which answers in one line."""
        parser.add_argument("--orders", help="place so many orders, and wait for their ends")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the summary here")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load the shop, then place the orders.

        :raises CommandError: with status 2 for an option that is not understood, 1 for failures.
        """
        with errors_in_one_line():
            orders, json = _orders(options["orders"]), options["json"]
            require_writable(json)
            books = shop_books(orders)
            say = partial(self.stderr.write, style_func=str)
            summary = replay(books, stock=books.stock or {}, flow=None, say=say)
            name, token = give_access()
            if json:
                write_summary(json, summary)
        references = [sale.reference for sale in books.sales]
        for order in Order.objects.filter(reference__in=references).order_by("reference"):
            self.stdout.write(
                f"{order}  {order.reference}  {order.status}  {order.reason_code}".rstrip()
            )
        self.stdout.write("\n".join(summary.lines()) if orders else f"Loaded, prices in {CURRENCY}")
        self.stdout.write(f"API token of {name}: {token}")


def _orders(text: str | None) -> int:
    if text is not None and not re.fullmatch(r"[0-9]{1,6}", text):
        raise InputRefused(f"--orders {text!r} is not known: use a whole number")
    return int(text or 0)
