"""Draw the flows of orders: ``manage.py flows``."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.flows.catalogue import all_pictures
from config.flows.mermaid import as_mermaid
from config.flows.picture import Picture
from config.flows.progress import pictures_of_order
from config.flows.svg import as_svg
from config.management.options import order_of


class Command(BaseCommand):
    help = "Draw each saga, and the choreography, as Mermaid or SVG; with an order, its progress."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("flow", nargs="?", help="one of them; all if it is left out")
        parser.add_argument(
            "--order",
            metavar="ORDER",
            help="an order's number, id or reference: draw its saga, coloured by its progress",
        )
        parser.add_argument(
            "--svg", metavar="FOLDER", help="write files NAME.svg there, in place of Mermaid"
        )

    def handle(self, *_: Any, flow: str | None, order: str | None, **options: Any) -> None:
        """Print Mermaid, or write files."""
        drawn = list(pictures_of_order(order_of(order))) if order else all_pictures()
        if flow is not None:
            names = ", ".join(dict.fromkeys(each.name for each in drawn)) or "none"
            drawn = [each for each in drawn if each.name == flow]
            if not drawn:
                raise CommandError(f"no flow {flow} is drawn here, but {names}", returncode=2)
        if options["svg"] is None:
            for picture in drawn:
                self.stdout.write("\n".join([f"%% {picture.name}", *as_mermaid(picture), ""]))
        else:
            self._write(drawn, Path(options["svg"]))

    def _write(self, drawn: list[Picture], folder: Path) -> None:
        if not folder.is_dir():
            raise CommandError(f"--svg: there is no folder {folder}", returncode=2)
        for picture in drawn:
            path = folder / f"{picture.name}.svg"
            path.write_text(f"{as_svg(picture)}\n")
            self.stdout.write(str(path))
