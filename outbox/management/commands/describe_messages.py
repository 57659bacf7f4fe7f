"""``manage.py describe_messages``: print the map of messages as Markdown."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outbox.contracts.markdown import describe, describe_flow
from outbox.contracts.message_map import flows


class Command(BaseCommand):
    requires_system_checks = ()  # some need the database
    help = "Print the map of messages, flow by flow, as Markdown (docs/messages.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--flow", help="print this flow only")

    def handle(self, *_: Any, **options: Any) -> None:
        flow = options["flow"]
        if flow is None:
            lines = describe()
        elif flow in flows():
            lines = describe_flow(flow)
        else:
            known = ", ".join(flows())
            raise CommandError(f"--flow: {flow} is no flow, choose from {known}", returncode=2)
        self.stdout.write("\n".join(lines))
