from django.apps import AppConfig
from django.core import checks

from config.checks import sessions_end_by_themselves


class WiringConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        """Have the surroundings checked before a migration, and by ``check --database default``."""
        checks.register(sessions_end_by_themselves, checks.Tags.database)
