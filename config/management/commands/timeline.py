"""Tell what happened to an order, and why: ``manage.py timeline ORDER``."""

import json
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from config.timeline.rendering import as_data, as_lines
from config.timeline.telling import timeline
from orders.models import Order


class Command(BaseCommand):
    help = "Tell what happened to an order, in causal order, after one sentence that says why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the order, and the form of the answer."""
        parser.add_argument("order", metavar="ORDER", help="an order id, or the whole reference")
        parser.add_argument("--json", action="store_true", help="as JSON")

    def handle(self, *_: Any, **options: Any) -> None:
        """Print the timeline."""
        told = timeline(_order_of(options["order"]))
        if options["json"]:
            self.stdout.write(json.dumps(as_data(told), indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(as_lines(told)))


def _order_of(text: str) -> UUID:
    """Find an order by its reference or its id."""
    orders = Order.objects.filter(reference=text)
    with suppress(ValueError):
        orders |= Order.objects.filter(pk=UUID(text))
    found = orders.values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"no order has the id or the reference {text}", returncode=2)
    return found
