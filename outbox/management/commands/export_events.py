"""``manage.py export_events``: print events as CloudEvents, one JSON object per line."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.core.management.base import BaseCommand

from outbox.contracts.cloud_events import cloud_event, recorded_events


def moment(text: str) -> datetime:
    """Read a time with its zone, such as ``2026-11-22T12:00:00Z``."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} is no time: it wants 2026-11-22T12:00:00Z")
    return read


class Command(BaseCommand):
    help = "Print the events of the log as CloudEvents 1.0 (structured JSON), one per line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", type=moment, metavar="TIME", help="2026-11-22T12:00:00Z")
        parser.add_argument("--conversation", type=UUID, metavar="ID", help="an order's id")
        parser.add_argument(
            "--source",
            default="",
            metavar="URL",
            help="prefix of the context in source, such as https://shop.example",
        )
        parser.add_argument(
            "--schemas",
            default="",
            metavar="URL",
            help="URL of the files of export_schemas, for dataschema",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        found = recorded_events(since=options["since"], conversation=options["conversation"])
        for message in found:
            event = cloud_event(message, source=options["source"], schemas=options["schemas"])
            self.stdout.write(msgspec.json.encode(event).decode())
