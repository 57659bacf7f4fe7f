"""``manage.py sagas``: what the engine offers, and ``simulate``, which needs all contexts."""

from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from config.simulation.replies import UnknownReply, chosen
from config.simulation.run import Simulation, lines_of
from orders.flows import FLOWS
from orders.models import Order
from orders.pricing import NewLine
from orders.pricing.lines import OrderRefused
from orders.sagas.management.commands import sagas


class Command(sagas.Command):
    help = "Print how sagas react, check a deployment, simulate, and act on running sagas."

    def add_verbs(self, chosen_by: Any) -> None:
        """Add ``simulate``."""
        super().add_verbs(chosen_by)
        parser: CommandParser = chosen_by.add_parser(
            "simulate", help="run a flow with chosen replies, in a transaction that is rolled back"
        )
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("order", nargs="?", type=UUID, metavar="ORDER", help="placed once more")
        what.add_argument("--plan", nargs="+", metavar="SKU=UNITS", help="an order of these goods")
        parser.add_argument("--flow", choices=sorted(FLOWS), help="default ORDER_FLOW")
        parser.add_argument(
            "--reply",
            action="append",
            default=[],
            metavar="STEP=REPLY",
            help="charge=decline, refund=silence, reserve=late, and so on; others succeed",
        )
        parser.add_argument(
            "--cancel", action="store_true", help="the customer cancels at the first deadline"
        )

    def handle(self, *words: Any, verb: str, **options: Any) -> None:
        """Simulate, or do what the engine's command does."""
        if verb == "simulate":
            self._simulate(options)
        else:
            super().handle(*words, verb=verb, **options)

    def _simulate(self, options: dict[str, Any]) -> None:
        try:
            lines, flow = _wanted(options)
            replies = chosen(options["reply"])
            scenes = Simulation(lines, flow, replies, cancelled=options["cancel"]).run()
        except (UnknownReply, OrderRefused) as error:
            raise CommandError(str(error), returncode=2) from error
        for scene in scenes:
            self.stdout.write(
                f"{scene.at:>9,.0f} s  {scene.kind:<12}  {scene.what:<44}"
                f"  paid {scene.paid}, held {scene.held}"
            )
        self.stdout.write("nothing was changed")


def _wanted(options: dict[str, Any]) -> tuple[list[NewLine], str]:
    if options["order"] is None:
        return [_line(text) for text in options["plan"]], options["flow"] or ""
    order = Order.objects.filter(pk=options["order"]).first()
    if order is None:
        raise CommandError(f"{options['order']} is no order", returncode=2)
    return lines_of(order), options["flow"] or order.flow


def _line(text: str) -> NewLine:
    sku, _, units = text.rpartition("=")
    if not sku or not units.isdecimal() or int(units) < 1:
        raise CommandError(f"--plan {text}: write SKU=UNITS, such as MUG=2", returncode=2)
    return NewLine(sku, int(units))
