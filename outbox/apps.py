from django.apps import AppConfig
from django.core import checks
from django.utils.module_loading import autodiscover_modules

from outbox.checks import (
    commands_have_one_handler,
    old_rows_are_removed,
    old_versions_can_be_read,
    settings_are_there,
    vacuum_can_work,
)
from outbox.registry import renewals

WIRING = (
    "events",
    "commands",
    "upcasters",
    "handlers",
    "choreography",
    "projections",
    "subscribers",
    "history",
    "retention",
    "tasks",
)
"""The modules of an app that define messages, subscribers and retention."""


class OutboxConfig(AppConfig):
    name = "outbox"
    verbose_name = "Messaging"

    def ready(self) -> None:
        """Import every app's wiring, so that a new subscriber needs no edit elsewhere."""
        autodiscover_modules(*WIRING)
        from outbox.webhooks import registered  # noqa: PLC0415 - needs the app registry

        renewals.append(registered.renew)
        checks.register(commands_have_one_handler)
        checks.register(old_versions_can_be_read)
        checks.register(settings_are_there)
        checks.register(old_rows_are_removed, deploy=True)
        checks.register(vacuum_can_work, checks.Tags.database, deploy=True)
