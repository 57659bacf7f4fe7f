"""``manage.py export_asyncapi``: describe the events that webhook endpoints can receive."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from outbox.contracts.async_api import written


class Command(BaseCommand):
    help = "Print the AsyncAPI document of the events for webhooks, or write it to a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--file", type=Path, help="write it here, such as docs/asyncapi.yaml")

    def handle(self, *_: Any, file: Path | None, **__: Any) -> None:
        """Print or write the document."""
        if file is None:
            self.stdout.write(written())
        else:
            file.write_text(written())
