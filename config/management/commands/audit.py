"""Check all invariants on this database: ``manage.py audit``."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.audit.findings import as_data, as_lines, audit, broken
from config.audit.invariant import Run


class Command(BaseCommand):
    help = "Check every invariant on the live database; status 1 when one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--json",
            nargs="?",
            const="-",
            metavar="FILE",
            help="write the findings as JSON to FILE; instead of the lines when FILE is left out",
        )
        parser.add_argument(
            "--own-book",
            action="store_true",
            help="no other database shares the sandbox gateway's book: a charge in it for an "
            "order that is unknown here breaks G2",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Print a line per invariant, with the rows that break it."""
        target = options["json"]
        if target not in (None, "-") and not Path(target).absolute().parent.is_dir():
            raise CommandError(f"--json: the folder of {target} does not exist", returncode=2)
        findings = audit(Run(own_book=options["own_book"]))
        if target != "-":
            for line in as_lines(findings):
                self.stdout.write(line)
        if target:
            text = json.dumps(as_data(findings), indent=2, default=str)
            if target == "-":
                self.stdout.write(text)
            else:
                Path(target).write_text(f"{text}\n")
        if broken(findings):
            sys.exit(1)
