"""Print what happened to an order, and why: ``manage.py timeline ORDER``."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.management.options import order_of
from config.timeline.rendering import as_data, as_lines
from config.timeline.timeline import timeline


class Command(BaseCommand):
    help = "Print why an order has its status, then all that happened to it in causal order."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the order, and the form of the answer."""
        parser.add_argument(
            "order", metavar="ORDER", help="an order's number, id, or whole reference"
        )
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *_: Any, **options: Any) -> None:
        """Print the timeline."""
        found = timeline(order_of(options["order"]).id)
        if options["json"]:
            self.stdout.write(json.dumps(as_data(found), indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(as_lines(found)))
