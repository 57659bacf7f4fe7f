"""``manage.py messages``: compare the contracts of an earlier release with this code."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox.contracts.compatibility import breaks


class Command(BaseCommand):
    requires_system_checks = ()  # some need the database
    help = "Tell whether this code reads what an earlier release wrote, and the other way round."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        compared = verbs.add_parser("compat", help="status 1 when a contract was broken")
        compared.add_argument(
            "old", type=Path, metavar="FILE", help="what export_schemas printed at that release"
        )

    def handle(self, *_: Any, old: Path, **__: Any) -> None:
        try:
            catalogue = json.loads(old.read_text())
            found = list(breaks(catalogue))
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise CommandError(f"{old} cannot be compared: {error}", returncode=2) from error
        for each in found:
            self.stdout.write(each)
        if found:
            raise CommandError(f"{len(found)} contracts are broken: do not deploy it")
        self.stdout.write(f"{len(catalogue)} contracts can be read by both sides")
