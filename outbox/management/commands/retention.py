"""Remove what is over, by the settings, without waiting for beat."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from outbox.management.options import positive
from outbox.retention import remove_what_is_over


class Command(BaseCommand):
    help = "Remove settled deliveries and old messages, as OUTBOX_KEEP_... say."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how long it may go on."""
        parser.add_argument(
            "--seconds",
            type=positive,
            default=3600.0,
            help="stop after this time (3600); the next run goes on",
        )

    def handle(self, *_: Any, seconds: float, **__: Any) -> None:
        """Remove, and say how much went."""
        removed = remove_what_is_over(seconds=seconds)
        for what, count, days in (
            ("deliveries", removed.deliveries, settings.OUTBOX_KEEP_DELIVERIES_DAYS),
            ("messages", removed.messages, settings.OUTBOX_KEEP_LOG_DAYS),
        ):
            kept = "for ever" if days is None else f"for {days} days"
            self.stdout.write(f"{count} {what} removed; they are kept {kept}")
