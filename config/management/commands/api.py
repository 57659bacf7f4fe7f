"""``manage.py api``: compare the API of an earlier release with this code."""

from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config.openapi.breaks import breaks


class Command(BaseCommand):
    """Fail when clients of an earlier release would break."""

    help = "Tell whether clients of an earlier release can go on with this code."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the document of the earlier release."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        compared = verbs.add_parser("compat", help="status 1 when clients would break")
        compared.add_argument(
            "old", type=Path, metavar="FILE", help="docs/openapi.yaml of that release"
        )

    def handle(self, *_: Any, old: Path, **__: Any) -> None:
        """Compare."""
        document = StringIO()
        call_command("spectacular", stdout=document)
        try:
            before = yaml.safe_load(old.read_text())
            now = yaml.safe_load(document.getvalue())
            found = list(breaks(before, now, today=timezone.now().date()))
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise CommandError(f"{old} cannot be compared: {error}", returncode=2) from error
        for each in found:
            self.stdout.write(each)
        if found:
            raise CommandError(f"{len(found)} things would break clients: do not deploy it")
        self.stdout.write("clients of that release can go on")
