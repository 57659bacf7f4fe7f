"""``manage.py stock``: receive, adjust or write off units of a SKU, with a reason."""

import argparse
import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inventory.models import LONGEST_SKU, StockRefused
from inventory.services import stock_taking
from outbox.acts import ReasonMissing, shell_operator
from outbox.kit.texts import LONGEST_REASON
from outbox.management.options import text_of_at_most

VERBS = {
    "receive": (stock_taking.receive, "receive goods"),
    "adjust": (stock_taking.adjust, "correct what is on hand, by a positive or negative number"),
    "write-off": (stock_taking.write_off, "write off goods that are broken, lost or stolen"),
}


class Command(BaseCommand):
    """Change what is on hand; the act is recorded under the name of the shell's user."""

    help = "Change what is on hand of a SKU: a movement and an operator's act, in one transaction."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the verbs, all with the same arguments."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for verb, (_, purpose) in VERBS.items():
            each = verbs.add_parser(verb, help=purpose, description=purpose)
            each.add_argument("sku", metavar="SKU", type=text_of_at_most(LONGEST_SKU))
            each.add_argument("units", metavar="UNITS", type=_units)
            each.add_argument(
                "--reason",
                required=True,
                type=text_of_at_most(LONGEST_REASON),
                help="why; it stays in the records",
            )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Act, and print the resulting stock.

        :raises CommandError: with status 2; nothing was changed.
        """
        act, _ = VERBS[options["verb"]]
        try:
            item = act(
                sku=options["sku"],
                units=options["units"],
                reason=options["reason"],
                actor=shell_operator(),
            )
        except (StockRefused, ReasonMissing) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(
            f"{item}: {item.on_hand} on hand, {item.reserved} reserved, {item.available} available"
        )


def _units(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of units: 12, or -3 to adjust")
    return int(text)
