"""Print who publishes what and who hears it: ``manage.py describe_messages``."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outbox.contracts.markdown import describe, describe_flow
from outbox.contracts.message_map import flows


class Command(BaseCommand):
    requires_system_checks = ()  # some of them ask the database, which is not needed
    help = "Describe every message, flow by flow, as Markdown: docs/messages.md is this."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the one flow that is wanted, if not all is."""
        parser.add_argument("--flow", help="only the map of this flow, as Mermaid and as a table")

    def handle(self, *_: Any, **options: Any) -> None:
        """Print Markdown with tables and Mermaid diagrams."""
        flow = options["flow"]
        if flow is None:
            lines = describe()
        elif flow in flows():
            lines = describe_flow(flow)
        else:
            known = ", ".join(flows())
            raise CommandError(f"--flow: {flow} is no flow, choose from {known}", returncode=2)
        self.stdout.write("\n".join(lines))
