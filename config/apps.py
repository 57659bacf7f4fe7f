from django.apps import AppConfig
from django.core import checks

from config import tracing
from config.checks import sessions_end_by_themselves


class WiringConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        """Begin to trace if that is wanted, and have the surroundings checked.

        They are before a migration, and by ``check --database default``.
        """
        tracing.start()
        checks.register(sessions_end_by_themselves, checks.Tags.database)
