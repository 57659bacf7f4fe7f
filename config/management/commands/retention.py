"""Remove what the settings no longer keep, without waiting for beat: ``manage.py retention``."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

import orders.retention
import outbox.retention
import payments.retention
from config.http.idempotency import forget_old_keys
from outbox.management.options import positive


class Command(BaseCommand):
    help = "Remove all rows that are older than the settings keep them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--seconds",
            type=positive,
            default=3600.0,
            help="stop after this time (3600); the next run goes on",
        )

    def handle(self, *_: Any, seconds: float, **__: Any) -> None:
        """Remove rows and print how many; the largest tables last, so that each gets its turn."""
        until = time.monotonic() + seconds
        keys = forget_old_keys(seconds=seconds)
        self._say(keys, "idempotency keys", f"for {settings.IDEMPOTENCY_KEEP_HOURS} hours")
        paid = payments.retention.remove_what_is_over(seconds=until - time.monotonic())
        self._say(paid.webhooks, "webhooks", _days(settings.PAYMENTS_KEEP_WEBHOOKS_DAYS))
        self._say(
            paid.reconciliations,
            "reconciliations",
            _days(settings.PAYMENTS_KEEP_RECONCILIATIONS_DAYS),
        )
        quotes = orders.retention.remove_what_is_over(seconds=until - time.monotonic())
        self._say(quotes, "quotes", _days(settings.ORDERS_KEEP_QUOTES_DAYS))
        logged = outbox.retention.remove_what_is_over(seconds=until - time.monotonic())
        self._say(logged.failures, "failed attempts", _days(settings.OUTBOX_KEEP_FAILURES_DAYS))
        self._say(
            logged.webhooks, "attempts of webhooks", _days(settings.WEBHOOK_KEEP_ATTEMPTS_DAYS)
        )
        self._say(logged.messages, "messages", _days(settings.OUTBOX_KEEP_LOG_DAYS))

    def _say(self, count: int, what: str, kept: str) -> None:
        self.stdout.write(f"{count} {what} removed; they are kept {kept}")


def _days(days: int | None) -> str:
    return "for ever" if days is None else f"for {days} days"
