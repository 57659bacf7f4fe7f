"""Remove what is over, by the settings, without waiting for beat."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

import outbox.retention
import payments.retention
from config.http.idempotency import forget_old_keys
from outbox.management.options import positive


class Command(BaseCommand):
    help = "Remove all that has been kept for as long as the settings say."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how long it may go on."""
        parser.add_argument(
            "--seconds",
            type=positive,
            default=3600.0,
            help="stop after this time (3600); the next run goes on",
        )

    def handle(self, *_: Any, seconds: float, **__: Any) -> None:
        """Remove, and say how much went: what is most comes last, and leaves time to the rest."""
        until = time.monotonic() + seconds
        keys = forget_old_keys(seconds=seconds)
        self._say(keys, "idempotency keys", f"for {settings.IDEMPOTENCY_KEEP_HOURS} hours")
        told = payments.retention.remove_what_is_over(seconds=until - time.monotonic())
        self._say(told.webhooks, "webhooks", _days(settings.PAYMENTS_KEEP_WEBHOOKS_DAYS))
        self._say(
            told.reconciliations,
            "reconciliations",
            _days(settings.PAYMENTS_KEEP_RECONCILIATIONS_DAYS),
        )
        said = outbox.retention.remove_what_is_over(seconds=until - time.monotonic())
        self._say(said.failures, "failed attempts", _days(settings.OUTBOX_KEEP_FAILURES_DAYS))
        self._say(said.messages, "messages", _days(settings.OUTBOX_KEEP_LOG_DAYS))

    def _say(self, count: int, what: str, kept: str) -> None:
        self.stdout.write(f"{count} {what} removed; they are kept {kept}")


def _days(days: int | None) -> str:
    return "for ever" if days is None else f"for {days} days"
